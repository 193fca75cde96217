import { type Command, FIRST_PREVIOUS_HASH, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import { chainCommand } from '@watchpost/recorder/chain/chain';

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

type ChainPlace = {
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
    const unchained: UnchainedCommand = { ...PLAIN_COMMAND, at: Date.now() * 1_000 + index, shellSequence: sequence, ...own };
    const command = chainCommand(unchained, { hostId, epoch, sequence, previousHash });
    previousHash = command.hash;
    return command;
  });
}
