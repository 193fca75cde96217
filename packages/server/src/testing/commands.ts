import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import {
  canonicalCommand,
  type Command,
  FIRST_PREVIOUS_HASH,
  type UnchainedCommand,
} from '@watchpost/contracts/commands/command';
import type { Answer, TestServer } from './start-test-server.ts';

const START: UnchainedCommand = {
  kind: 'start',
  at: 0,
  sessionId: 's',
  shellId: 'b.1.1.1',
  shellPid: 1,
  shellSequence: 1,
  startOf: null,
  startedAt: null,
  shell: 'bash',
  text: 'true',
  textBase64: null,
  textBytes: 4,
  cwd: '/',
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

export type ChainPlace = {
  readonly hostId: string;
  readonly epoch: number;
  readonly from?: number;
  readonly before?: string;
};

/** A stretch of a host's chain: records as they are given, over those of a plain command that begins now. */
export function makeChain(place: ChainPlace, records: readonly (string | Partial<UnchainedCommand>)[]): Command[] {
  const { hostId, epoch, from = 1, before = FIRST_PREVIOUS_HASH } = place;
  let previousHash = before;
  return records.map((given, index) => {
    const own = typeof given === 'string' ? { text: given, textBytes: Buffer.byteLength(given) } : given;
    const sequence = from + index;
    const unchained: UnchainedCommand = { ...START, at: Date.now() * 1_000 + index, shellSequence: sequence, ...own };
    const placed = { ...unchained, hostId, epoch, sequence, previousHash };
    previousHash = createHash('sha256').update(canonicalCommand(placed)).digest('hex');
    return { ...placed, hash: previousHash };
  });
}

/** A host joins, without a recorder that runs. */
export async function joinHost(server: TestServer, name = 'h'): Promise<{ readonly hostId: string; readonly key: string }> {
  const token = await server.call('POST', '/api/v1/hosts/enrolment-tokens', { key: server.keys.operator, body: {} });
  const body = { token: token.json.token, kind: 'recorder', vantage: null, name, version: '1', protocol: 1 };
  const { json } = await server.call('POST', '/api/v1/agents/enrol', { body });
  return { hostId: json.agentId, key: json.key };
}

/** Sends records as a recorder does. */
export function sendCommands(server: TestServer, key: string, records: readonly Command[], header?: string): Promise<Answer> {
  return server.call('POST', '/api/v1/agents/self/commands', {
    key,
    raw: zstdCompressSync(records.map((record) => `${JSON.stringify(record)}\n`).join('')),
    headers: {
      'content-encoding': 'zstd',
      'content-type': 'application/x-ndjson',
      'watchpost-batch': header ?? `${records[0]?.epoch}:${records[0]?.sequence}-${records.at(-1)?.sequence}`,
    },
  });
}
