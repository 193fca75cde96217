import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalCheckpoint, type Checkpoint, proofLineSchema, type StoredCommand } from '@watchpost/contracts/api/audit';
import { canonicalCommand, FIRST_PREVIOUS_HASH } from '@watchpost/contracts/commands/command';

/** The first thing that does not hold. */
export type Failure = { readonly where: string; readonly what: string };
export type Verdict = {
  readonly failure: Failure | null;
  readonly records: number;
  readonly checkpoints: number;
  readonly chains: number;
  /** Records that no checkpoint covers yet: they are linked, but could still be cut off at the end. */
  readonly unsealed: number;
  readonly keyId: string | null;
};

type Chain = { readonly id: string; last: StoredCommand | null; readonly isSealed: (sequence: number) => boolean };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Proves from the lines of a proof that between its checkpoints no record was changed, removed or reordered. Every hash is
 * computed anew from the stored fields. Stops at the first failure.
 */
export async function verifyProof(lines: AsyncIterable<string>, pinnedKey: string | null): Promise<Verdict> {
  let key: KeyObject | null = null;
  let keyId: string | null = null;
  let newest: Checkpoint | null = null;
  /** What the checkpoints say is stored, the newest statement for each begin: `host:epoch` -> stretches. */
  let sealed = new Map<string, readonly Checkpoint['heads'][number][]>();
  const wantedHashes = new Map<string, Map<number, { readonly hash: string; readonly number: number }>>();
  const exported = new Set<string>();
  const seen = new Set<string>();
  let chain = null as Chain | null;
  let records = 0;
  let checkpoints = 0;
  let unsealed = 0;
  let number = 0;

  const verdict = (failure: Failure | null): Verdict => ({
    failure,
    records,
    checkpoints,
    chains: exported.size,
    unsealed,
    keyId,
  });
  const fail = (where: string, what: string): Verdict => verdict({ where, what });

  /** All that is sealed after the last record that was there must not be missing. */
  const endOfChain = (): Failure | null => {
    if (chain === null) return null;
    const { id } = chain;
    const last = chain.last?.sequence ?? 0;
    const beyond = (sealed.get(id) ?? []).find((stretch) => stretch.last > last);
    return beyond === undefined
      ? null
      : {
          where: `record ${id}:${Math.max(last + 1, beyond.first)}`,
          what: 'is missing: a checkpoint states that it was stored',
        };
  };
  const sealOf = (id: string) => (sequence: number) =>
    (sealed.get(id) ?? []).some(({ first, last }) => first <= sequence && sequence <= last);

  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return fail(`line ${number}`, 'is not JSON');
    }
    const parsed = proofLineSchema.safeParse(value);
    if (!parsed.success) return fail(`line ${number}`, `is no line of a proof: ${parsed.error.issues[0]?.message ?? ''}`);
    const line = parsed.data;
    if (line.kind === 'header') {
      const spki = Buffer.from(line.publicKey, 'base64');
      keyId = createHash('sha256').update(spki).digest('hex').slice(0, 16);
      if (pinnedKey !== null && pinnedKey !== line.publicKey)
        return fail('header', `the key ${keyId} is not the one given with --public-key`);
      key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      for (const { hostId, epoch } of line.chains) exported.add(`${hostId}:${epoch}`);
      continue;
    }
    if (key === null) return fail(`line ${number}`, 'comes before the header');
    if (line.kind === 'checkpoint') {
      const { checkpoint } = line;
      const where = `checkpoint ${checkpoint.number}`;
      if (checkpoint.number !== (newest?.number ?? 0) + 1)
        return fail(where, `does not follow checkpoint ${newest?.number ?? 0}`);
      const previous = newest === null ? FIRST_PREVIOUS_HASH : sha256(canonicalCheckpoint(newest));
      if (checkpoint.previous !== previous) return fail(where, 'does not follow from the one before it');
      const isSigned = verify(
        null,
        Buffer.from(canonicalCheckpoint(checkpoint)),
        key,
        Buffer.from(checkpoint.signature, 'base64'),
      );
      if (checkpoint.keyId !== keyId || !isSigned) return fail(where, 'is not signed with the key of the header');
      const stretches = Map.groupBy(checkpoint.heads, ({ hostId, epoch }) => `${hostId}:${epoch}`);
      for (const [id, before] of sealed) {
        const now = stretches.get(id) ?? [];
        const lost = before.find(({ first, last }) => !now.some((stretch) => stretch.first <= first && last <= stretch.last));
        if (lost !== undefined)
          return fail(
            where,
            `no longer states records ${lost.first} to ${lost.last} of ${id}, which checkpoint ${newest?.number} did`,
          );
      }
      for (const { hostId, epoch, last, hash } of checkpoint.heads) {
        const hashes = wantedHashes.get(`${hostId}:${epoch}`) ?? new Map<number, { hash: string; number: number }>();
        if (!hashes.has(last)) hashes.set(last, { hash, number: checkpoint.number });
        wantedHashes.set(`${hostId}:${epoch}`, hashes);
      }
      sealed = stretches;
      newest = checkpoint;
      checkpoints += 1;
      continue;
    }
    const { record } = line;
    const id = `${record.hostId}:${record.epoch}`;
    const where = `record ${id}:${record.sequence}`;
    if (chain?.id !== id) {
      const failure = endOfChain();
      if (failure !== null) return verdict(failure);
      if (!exported.has(id)) return fail(where, 'belongs to a chain that the header does not name');
      if (seen.has(id)) return fail(where, 'is out of its order');
      seen.add(id);
      chain = { id, last: null, isSealed: sealOf(id) };
    }
    records += 1;
    const { last } = chain;
    if (last !== null && record.sequence <= last.sequence) return fail(where, `comes after record ${last.sequence}`);
    for (let sequence = (last?.sequence ?? 0) + 1; sequence < record.sequence; sequence++) {
      if (chain.isSealed(sequence)) return fail(`record ${id}:${sequence}`, 'is missing: a checkpoint states that it was stored');
      const next = (sealed.get(id) ?? []).find(({ first }) => first > sequence);
      sequence = Math.min(record.sequence, next?.first ?? record.sequence) - 1;
    }
    if (sha256(canonicalCommand(record)) !== record.hash) return fail(where, 'is not what its hash says: it was changed');
    const before = record.sequence === 1 ? FIRST_PREVIOUS_HASH : last?.sequence === record.sequence - 1 ? last.hash : null;
    if (before !== null && before !== record.previousHash) return fail(where, 'does not follow from the record before it');
    const wanted = wantedHashes.get(id)?.get(record.sequence);
    if (wanted !== undefined && wanted.hash !== record.hash)
      return fail(where, `has another hash than checkpoint ${wanted.number} states`);
    if (!chain.isSealed(record.sequence)) unsealed += 1;
    chain.last = record;
  }
  if (key === null) return fail('proof', 'has no header');
  const failure = endOfChain();
  if (failure !== null) return verdict(failure);
  const missing = [...sealed.keys()].find((id) => exported.has(id) && !seen.has(id));
  return missing === undefined ? verdict(null) : fail(`chain ${missing}`, 'is missing: a checkpoint states that it was stored');
}
