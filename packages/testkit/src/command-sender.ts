import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type EnrolResponse, enrolResponseSchema } from '@watchpost/contracts/agents/agent-wire';
import { FIRST_PREVIOUS_HASH, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import { PROTOCOL_VERSION } from '@watchpost/contracts/protocol';
import type { ApiClient } from './api-client.ts';
import { createBatchSender, encodeBatch } from './batch-sender.ts';
import { makeChain } from './command-chain.ts';

const REQUEST_TIMEOUT_MS = 60_000;
/** Of one batch, while the server asks to wait. */
const ATTEMPTS = 100;
const RETRY_MS = 500;

/**
 * Joins as a host, as `watchpost enrol --kind recorder` does, without a recorder that runs. From an address of its own
 * (`127.x.y.z`) many can join within a minute.
 */
export async function enrolHost(client: ApiClient, name: string, localAddress = '127.0.0.1'): Promise<EnrolResponse> {
  const { token } = await client.json<{ readonly token: string }>('POST', '/hosts/enrolment-tokens', {});
  const body = { token, kind: 'recorder', vantage: null, name, version: '0.1.0', protocol: PROTOCOL_VERSION };
  const call = request(`${client.url}/api/v1/agents/enrol`, {
    method: 'POST',
    localAddress,
    headers: { 'content-type': 'application/json' },
    timeout: REQUEST_TIMEOUT_MS,
  });
  call.end(JSON.stringify(body));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return enrolResponseSchema.parse(await json(response));
}

/** The chain of one host: gives records their place and sends them as the uplink of a recorder does. */
export type CommandSender = {
  /** Resolves when the server has acknowledged them, with how often it asked to wait. The chain is in the order of the calls, which may overlap. */
  readonly send: (commands: readonly UnchainedCommand[]) => Promise<number>;
  readonly close: () => void;
};

export function createCommandSender(options: {
  readonly serverUrl: string;
  readonly hostId: string;
  readonly key: string;
}): CommandSender {
  const { serverUrl, hostId, key } = options;
  const sender = createBatchSender(serverUrl, key, '/api/v1/agents/self/commands');
  const epoch = Date.now();
  let sequence = 0;
  let previousHash = FIRST_PREVIOUS_HASH;
  return {
    async send(commands) {
      const first = sequence + 1;
      const records = makeChain({ hostId, epoch, from: first, before: previousHash }, commands);
      sequence += records.length;
      previousHash = records.at(-1)?.hash ?? previousHash;
      const batch = await encodeBatch(epoch, records);
      for (let attempt = 1; ; attempt += 1) {
        const { status, text, answer, retryAfterMs } = await sender.send(batch);
        if (answer?.refusedCount === 0) return attempt - 1;
        if ((status !== 429 && status !== 503) || attempt === ATTEMPTS) throw new Error(`the server answered ${status} ${text}`);
        await wait(retryAfterMs || RETRY_MS);
      }
    },
    close: sender.close,
  };
}
