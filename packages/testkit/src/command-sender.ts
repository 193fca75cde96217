import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { type EnrolResponse, enrolResponseSchema } from '@watchpost/contracts/agents/agent-wire';
import { canonicalCommand, FIRST_PREVIOUS_HASH, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import { PROTOCOL_VERSION } from '@watchpost/contracts/protocol';
import type { ApiClient } from './api-client.ts';
import { createBatchSender } from './batch-sender.ts';

const compress = promisify(zstdCompress);

/** Joins as a host, as `watchpost enrol --kind recorder` does, without a recorder that runs. */
export async function enrolHost(client: ApiClient, name: string): Promise<EnrolResponse> {
  const { token } = await client.json<{ readonly token: string }>('POST', '/hosts/enrolment-tokens', {});
  const body = { token, kind: 'recorder', vantage: null, name, version: '0.1.0', protocol: PROTOCOL_VERSION };
  return enrolResponseSchema.parse(await client.json('POST', '/agents/enrol', body));
}

/** A command of ann in a bash on web, to be changed. */
export const PLAIN_COMMAND: UnchainedCommand = {
  kind: 'start',
  at: 0,
  sessionId: 'session-1',
  shellId: 'boot.100.1',
  shellPid: 100,
  shellSequence: 1,
  startOf: null,
  startedAt: null,
  shell: 'bash',
  text: 'true',
  textBase64: null,
  textBytes: 4,
  cwd: '/home/ann',
  exitCode: null,
  durationUs: null,
  user: 'ann',
  uid: 1000,
  loginUser: 'ann',
  loginUid: 1000,
  tty: 'pts/0',
  sourceIp: '192.0.2.7',
  interactive: true,
  hidden: null,
  redactions: [],
  cause: null,
  detail: null,
  missing: null,
};

/** The chain of one host: gives records their place and sends them as the uplink of a recorder does. */
export type CommandSender = {
  /** Resolves when the server has acknowledged them. One call after the other. */
  readonly send: (commands: readonly UnchainedCommand[]) => Promise<void>;
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
      const lines = commands.map((command) => {
        sequence += 1;
        const placed = { ...command, hostId, epoch, sequence, previousHash };
        previousHash = createHash('sha256').update(canonicalCommand(placed)).digest('hex');
        return `${JSON.stringify({ ...placed, hash: previousHash })}\n`;
      });
      const { status, text, answer } = await sender.send({
        epoch,
        first,
        last: sequence,
        body: await compress(lines.join('')),
      });
      if (answer === null || answer.refusedCount > 0) throw new Error(`the server answered ${status} ${text}`);
    },
    close: sender.close,
  };
}
