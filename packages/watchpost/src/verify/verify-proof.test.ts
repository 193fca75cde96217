import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import {
  canonicalCheckpoint,
  canonicalProofHeader,
  type Checkpoint,
  type ProofHeader,
  type ProofLine,
  type StoredCommand,
} from '@watchpost/contracts/api/audit';
import { canonicalCommand, FIRST_PREVIOUS_HASH } from '@watchpost/contracts/commands/command';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyProof } from './verify-proof.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const spki = publicKey.export({ type: 'spki', format: 'der' });
const keyId = createHash('sha256').update(spki).digest('hex').slice(0, 16);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const NULLS = Object.fromEntries(
  [
    'shellId',
    'shellPid',
    'shellSequence',
    'startOf',
    'startedAt',
    'shell',
    'textBase64',
    'textBytes',
    'cwd',
    'exitCode',
    'durationUs',
    'user',
    'uid',
    'loginUser',
    'loginUid',
    'tty',
    'sourceIp',
    'interactive',
    'hidden',
    'cause',
    'detail',
    'missing',
  ].map((key) => [key, null]),
);

function records(count: number): StoredCommand[] {
  let previousHash = FIRST_PREVIOUS_HASH;
  return Array.from({ length: count }, (_, index) => {
    const command = {
      ...NULLS,
      hostId: 'h',
      epoch: 1,
      sequence: index + 1,
      kind: 'start',
      at: index,
      sessionId: 's',
      text: `true ${index}`,
      redactions: [],
      previousHash,
    } as unknown as StoredCommand;
    previousHash = sha256(canonicalCommand(command));
    return { ...command, hash: previousHash, source: 'recorder', receivedAt: 1 };
  });
}
function checkpoints(all: readonly StoredCommand[], ...ends: readonly number[]): Checkpoint[] {
  let previous = FIRST_PREVIOUS_HASH;
  return ends.map((last, index) => {
    const unsigned = {
      number: index + 1,
      at: index,
      heads: [{ hostId: 'h', epoch: 1, first: 1, last, hash: all[last - 1]!.hash }],
      previous,
      keyId,
    };
    previous = sha256(canonicalCheckpoint(unsigned));
    return { ...unsigned, signature: sign(null, Buffer.from(canonicalCheckpoint(unsigned)), privateKey).toString('base64') };
  });
}
const signed = (unsigned: Omit<ProofHeader, 'signature'>): ProofHeader => ({
  ...unsigned,
  signature: sign(null, Buffer.from(canonicalProofHeader(unsigned)), privateKey).toString('base64'),
});
const header = signed({
  kind: 'header',
  format: 1,
  at: 1,
  keyId,
  publicKey: spki.toString('base64'),
  chains: [{ hostId: 'h', epoch: 1 }],
  isAll: true,
  names: { h: 'web-1' },
});
const verdictOf = (stored: readonly StoredCommand[], sealed: readonly Checkpoint[], first: ProofLine = header) => {
  const lines: ProofLine[] = [
    first,
    ...sealed.map((checkpoint) => ({ kind: 'checkpoint', checkpoint }) as const),
    ...stored.map((record) => ({ kind: 'record', record }) as const),
  ];
  async function* text() {
    for (const line of lines) yield JSON.stringify(line);
  }
  return verifyProof(text(), null);
};

test('what was left alone is proven, and what is newer than the last checkpoint is counted', async () => {
  const all = records(20);
  expect(await verdictOf(all, checkpoints(all, 5, 18))).toEqual({
    failure: null,
    records: 20,
    checkpoints: 2,
    chains: 1,
    unsealed: 2,
    removed: 0,
    begins: [],
    keyId,
    search: null,
  });
});

test('any change of any field of any record, any removal, exchange or repeat is found, at its place', async () => {
  const all = records(12);
  const sealed = checkpoints(all, 4, 12);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(11),
      fc.constantFrom('text', 'at', 'uid', 'hidden', 'hash', 'previousHash', 'removed', 'exchanged', 'repeated', 'rehashed'),
      async (index, how) => {
        const stored: StoredCommand[] = [...all];
        const own = stored[index]!;
        const changed: Record<string, unknown> = {
          text: 'x',
          at: 99,
          uid: 0,
          hidden: 'leading-space',
          hash: 'a'.repeat(64),
          previousHash: 'b'.repeat(64),
        };
        if (how === 'removed') stored.splice(index, 1);
        else if (how === 'exchanged') [stored[index], stored[(index + 1) % 12]] = [stored[(index + 1) % 12]!, own];
        else if (how === 'repeated') stored.splice(index, 0, own);
        else if (how === 'rehashed') {
          // Somebody who knows the format makes the record fit its hash: the next one, or the checkpoint, does not.
          const forged = { ...own, text: 'forged' };
          stored[index] = { ...forged, hash: sha256(canonicalCommand(forged)) };
        } else stored[index] = { ...own, [how]: changed[how] };
        const { failure } = await verdictOf(stored, sealed);
        expect(failure).not.toBeNull();
        if (how === 'removed' || how === 'text') expect(failure?.where).toBe(`record h:1:${index + 1}`);
      },
    ),
    { numRuns: 300 },
  );
});

test('the header is signed: no chain can be left out of it', async () => {
  const all = records(3);
  const sealed = checkpoints(all, 3);
  expect((await verdictOf([], sealed, { ...header, chains: [], isAll: false })).failure).toEqual({
    where: 'header',
    what: 'is not signed with its key: it was changed',
  });
});

test('a whole chain made anew does not fit the checkpoints, and these cannot be made without the key', async () => {
  const all = records(8);
  const sealed = checkpoints(all, 3, 8);
  const other = records(8).map((record) => ({ ...record, text: 'other' }));
  let previousHash = FIRST_PREVIOUS_HASH;
  const anew = other.map((record) => {
    const command = { ...record, previousHash };
    previousHash = sha256(canonicalCommand(command));
    return { ...command, hash: previousHash };
  });
  expect((await verdictOf(anew, sealed)).failure?.where).toBe('record h:1:3');
  expect(
    (await verdictOf(anew, [{ ...sealed[0]!, heads: [{ ...sealed[0]!.heads[0]!, hash: anew[2]!.hash }] }])).failure?.what,
  ).toContain('not signed');
  expect((await verdictOf(all, sealed.slice(1))).failure?.where).toBe('checkpoint 2');
  expect((await verdictOf([], sealed)).failure?.where).toBe('chain h:1');
  expect((await verdictOf(all.slice(0, 6), sealed)).failure?.where).toBe('record h:1:7');
  expect(
    (
      await verifyProof(
        (async function* () {
          yield JSON.stringify(header);
        })(),
        'another key',
      )
    ).failure?.where,
  ).toBe('header');
});
