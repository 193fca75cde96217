import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Certificates, createCertificates } from './certificates.ts';
import { startClosedPort } from './closed-port.ts';
import { CONNECTION_FAULTS } from './faults/connection-faults.ts';
import { ENCODING_FAULTS } from './faults/encoding-faults.ts';
import type { Fault } from './faults/fault.ts';
import { HTTP2_FAULTS } from './faults/http2-faults.ts';
import { MESSAGE_FAULTS } from './faults/message-faults.ts';
import { TLS_FAULTS } from './faults/tls-faults.ts';

/** Every fault by name. A few of them are good, or odd but to be accepted, so that a test can tell the difference. */
export const FAULTS = {
  ...CONNECTION_FAULTS,
  ...MESSAGE_FAULTS,
  ...ENCODING_FAULTS,
  ...TLS_FAULTS,
  ...HTTP2_FAULTS,
} as const satisfies Readonly<Record<string, Fault>>;
export type FaultName = keyof typeof FAULTS;
export const faultNames = Object.keys(FAULTS) as readonly FaultName[];

export type FaultyServer = AsyncDisposable & {
  /** Where the fault is to be met. */
  readonly url: (name: FaultName) => string;
  /** PEM of the authority whose certificates the good TLS faults carry. */
  readonly caPem: string;
  readonly caFile: string;
  /** A port on which nobody listens. */
  readonly closedPort: number;
  /** Connections a fault has met so far. */
  readonly connections: (name: FaultName) => number;
  readonly close: () => Promise<void>;
};

/** Starts a listener for each of the faults, on loopback, in this process. */
export async function startFaultyServer(options: { readonly names?: readonly FaultName[] } = {}): Promise<FaultyServer> {
  const [certificates, closed] = await Promise.all([createCertificates(), startClosedPort()]);
  const stop = new AbortController();
  const listeners = new Map<string, Listener>();
  await Promise.all(
    (options.names ?? faultNames).map(async (name) =>
      listeners.set(name, await listen(FAULTS[name], certificates, closed.port, stop.signal)),
    ),
  );
  const of = (name: FaultName): Listener => {
    const listener = listeners.get(name);
    if (listener === undefined) throw new Error(`the fault ${name} was not started`);
    return listener;
  };
  const close = async () => {
    if (stop.signal.aborted) return;
    stop.abort();
    await Promise.all([...listeners.values()].map((listener) => listener.close()));
    await Promise.all([certificates.remove(), closed.close()]);
  };
  return {
    url: (name) => of(name).url,
    connections: (name) => of(name).count(),
    caPem: certificates.caPem,
    caFile: certificates.caFile,
    closedPort: closed.port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Listener = { readonly url: string; readonly count: () => number; readonly close: () => Promise<void> };

async function listen(fault: Fault, certificates: Certificates, closedPort: number, signal: AbortSignal): Promise<Listener> {
  const server: Server = createServer({ noDelay: true });
  const sockets = new Set<Socket>();
  let count = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has a port');
  const origin = `${fault.scheme}://127.0.0.1:${address.port}`;
  server.on('connection', (socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    fault.serve(socket, { certificates, origin, closedPort, signal });
  });
  return {
    url: `${origin}${fault.path ?? '/'}`,
    count: () => count,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
