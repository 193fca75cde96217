/** The process of a client tool: `prober`, `undici` or `axios`. Probes what its parent asks for, a fresh connection each. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { createProbeContext } from '@watchpost/probe/probers/probe-context';
import { measure } from '@watchpost/probe/probers/measure';
import axios from 'axios';
import { Agent, request } from 'undici';
import type { ClientName, ClientOrder } from './client-tool.ts';

type Probe = () => Promise<void>;

/** Makes the function that probes the address of an order once. What can be shared between probes is made once per order. */
const CLIENTS: Readonly<Record<ClientName, (order: ClientOrder) => Probe>> = {
  prober: ({ url, caPem }) => {
    const check = checkSchema.parse({ kind: 'http', url, caPem: url.startsWith('https:') ? caPem : null });
    return async () => {
      const { outcome, errorText } = await measure(check, context);
      if (outcome !== 'up') throw new Error(`${outcome}: ${errorText}`);
    };
  },
  undici: ({ url, caPem }) => {
    const dispatcher = new Agent({ pipelining: 0, connections: null, maxCachedSessions: 0, connect: { ca: caPem } });
    return async () => {
      const { statusCode, body } = await request(url, { dispatcher, reset: true });
      await body.dump({ limit: 1e6 });
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    };
  },
  axios: ({ url, caPem }) => {
    const client = axios.create({
      httpAgent: new HttpAgent({ keepAlive: false }),
      httpsAgent: new HttpsAgent({ keepAlive: false, maxCachedSessions: 0, ca: caPem }),
      proxy: false,
      responseType: 'text',
    });
    return async () => {
      const { status } = await client.get(url);
      if (status !== 200) throw new Error(`status ${status}`);
    };
  },
};

const context = createProbeContext({ overloadUs: Number.POSITIVE_INFINITY });
const create = CLIENTS[process.argv[2] as ClientName];

process.on('message', (order: ClientOrder) => {
  void run(order).then(
    () => process.send?.('done'),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function run(order: ClientOrder): Promise<void> {
  const probe = create(order);
  let left = order.times;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await probe();
    }
  };
  await Promise.all(Array.from({ length: order.atOnce }, worker));
}
