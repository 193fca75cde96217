import { expect, test } from 'vitest';
import { canonicalCommand, type Command, commandSchema, FIRST_PREVIOUS_HASH } from './command.ts';

const command: Command = {
  hostId: 'h',
  epoch: 1,
  sequence: 1,
  kind: 'start',
  at: 1,
  sessionId: 's',
  shellId: null,
  shellPid: null,
  shellSequence: null,
  startOf: null,
  startedAt: null,
  shell: null,
  text: 'mysql -p*****',
  textBase64: null,
  textBytes: 13,
  cwd: null,
  exitCode: null,
  durationUs: null,
  user: null,
  uid: null,
  loginUser: null,
  loginUid: null,
  tty: null,
  sourceIp: null,
  interactive: null,
  hidden: null,
  redactions: [{ rule: 'password-argument', at: 8, length: 5, token: 't' }],
  cause: null,
  detail: null,
  missing: null,
  previousHash: FIRST_PREVIOUS_HASH,
  hash: 'f'.repeat(64),
};

test('the canonical form depends on values only, not on the order of keys, and leaves the hash out', () => {
  const { hash: _, ...rest } = command;
  const shuffled = Object.fromEntries(Object.entries(command).toReversed()) as Command;
  expect(canonicalCommand(shuffled)).toBe(canonicalCommand(command));
  expect(canonicalCommand(command)).toBe(JSON.stringify(rest));
  expect(canonicalCommand({ ...command, redactions: [] })).not.toBe(canonicalCommand(command));
});

test('a record is refused by its field', () => {
  expect(commandSchema.safeParse({ ...command, at: -1 }).error?.issues[0]?.path).toEqual(['at']);
  expect(commandSchema.safeParse({ ...command, extra: 1 }).success).toBe(false);
});
