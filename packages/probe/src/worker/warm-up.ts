import { type AddressInfo, createServer } from 'node:net';
import type { HttpCheck } from '@watchpost/contracts/targets/check';
import { measure } from '../probers/measure.ts';
import type { ProbeContext } from '../probers/prober.ts';

const ROUNDS = 3;
const TIMEOUT_MS = 1_000;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

/** Written out, because the schema that could give the defaults would cost the thread 10 MB. */
const WARM_UP_CHECK: Omit<HttpCheck, 'url'> = {
  kind: 'http',
  method: 'GET',
  headers: [],
  body: null,
  auth: null,
  httpVersion: '1.1',
  maxRedirects: 0,
  maxBodyBytes: 1_024,
  tlsVerify: true,
  caPem: null,
  ipFamily: '4',
  resolver: null,
  connectTimeoutMs: TIMEOUT_MS,
  totalTimeoutMs: TIMEOUT_MS,
  rules: [],
};

/**
 * Measures a server of its own on this machine a few times, so that the first measurement that counts does not pay for
 * code that runs for the first time (several ms).
 */
export async function warmUp(context: ProbeContext): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(ANSWER));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    const check: HttpCheck = { ...WARM_UP_CHECK, url };
    for (let round = 0; round < ROUNDS; round++) await measure(check, context);
  } catch {
    // Without a port to listen on, the first measurement is only less certain, and says so.
  } finally {
    server.close();
  }
}
