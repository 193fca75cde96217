import { createHash, createPublicKey, verify } from 'node:crypto';
import {
  canonicalProofHeader,
  type ProofHeader,
  type ProofLine,
  proofLineSchema,
  type StoredCommand,
} from '@watchpost/contracts/api/audit';
import { canonicalCommand, FIRST_PREVIOUS_HASH } from '@watchpost/contracts/commands/command';
import { firstBetween, type Interval, subtract } from './intervals.ts';
import { chainName, createStatements, sha256, type Statements } from './signed-statements.ts';

/** The first thing that does not hold. */
export type Failure = { readonly where: string; readonly what: string };
export type Verdict = {
  readonly failure: Failure | null;
  readonly records: number;
  readonly checkpoints: number;
  readonly chains: number;
  /** Records that no checkpoint covers yet: they are linked, but could still be cut off at the end. */
  readonly unsealed: number;
  /** Records that are missing rightly: a signed statement says that retention removed them. */
  readonly removed: number;
  /** Chains whose oldest records retention removed: what is verified begins there. */
  readonly begins: readonly { readonly chain: string; readonly sequence: number }[];
  readonly keyId: string | null;
  /** Of the proof of a search: what was asked, how many of the records were found, how many found ones have no proof. */
  readonly search: {
    readonly asked: string;
    readonly found: number;
    readonly unsigned: number;
    readonly hasMore: boolean;
  } | null;
};

/** A chain that is being read: what of it must be there, and the record before. */
type Chain = {
  readonly id: string;
  readonly due: readonly Interval[];
  readonly sealed: readonly Interval[];
  last: StoredCommand | null;
};

const MISSING = 'is missing: a checkpoint states that it was stored';

/**
 * Proves from the lines of a proof that between its checkpoints no record was changed, removed, repeated or reordered, but for
 * what retention removed by a signed statement. Every hash is computed anew from the stored fields. Stops at the first failure.
 * `wrongOf` says what else is wrong with a line: what is written beside it for people.
 */
export async function verifyProof(
  lines: AsyncIterable<string>,
  pinnedKey: string | null,
  wrongOf: (line: ProofLine) => string | null = () => null,
): Promise<Verdict> {
  const seen = new Set<string>();
  const found = new Set<string>();
  const begins: Verdict['begins'][number][] = [];
  let header: ProofHeader | null = null;
  let statements: Statements | null = null;
  let keyId: string | null = null;
  let chain = null as Chain | null;
  let records = 0;
  let unsealed = 0;
  let removed = 0;
  let number = 0;

  const verdict = (failure: Failure | null): Verdict => {
    const chains = new Set(header?.chains.map(chainName)).size;
    const asked = header?.search;
    const search = asked === undefined ? null : { ...asked, found: found.size };
    return { failure, records, checkpoints: statements?.checkpoints() ?? 0, chains, unsealed, removed, begins, keyId, search };
  };
  const fail = (where: string, what: string): Verdict => verdict({ where, what });
  const dueOf = (stated: Statements, id: string): Interval[] => {
    const ranges = header?.ranges?.filter((range) => chainName(range) === id);
    return subtract(ranges ?? stated.sealedOf(id), stated.removedOf(id));
  };
  /** All that is sealed after the last record that was there must not be missing. */
  const endOfChain = (): Failure | null => {
    if (chain === null) return null;
    const missing = firstBetween(chain.due, (chain.last?.sequence ?? 0) + 1, Number.MAX_SAFE_INTEGER);
    return missing === null ? null : { where: `record ${chain.id}:${missing}`, what: MISSING };
  };

  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const line = parseLine(text);
    if (typeof line === 'string') return fail(`line ${number}`, line);
    const beside = wrongOf(line);
    if (line.kind === 'header') {
      const spki = Buffer.from(line.publicKey, 'base64');
      keyId = createHash('sha256').update(spki).digest('hex').slice(0, 16);
      if (pinnedKey !== null && pinnedKey !== line.publicKey)
        return fail('header', `the key ${keyId} is not the one given with --public-key`);
      if (header !== null) return fail(`line ${number}`, 'is a second header');
      const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      if (
        keyId !== line.keyId ||
        !verify(null, Buffer.from(canonicalProofHeader(line)), key, Buffer.from(line.signature, 'base64'))
      )
        return fail('header', 'is not signed with its key: it was changed');
      if (beside !== null) return fail('header', beside);
      header = line;
      statements = createStatements({ keyId, key }, line.ranges === undefined);
      for (const range of line.ranges ?? [])
        for (const sequence of range.found) found.add(`record ${chainName(range)}:${sequence}`);
      continue;
    }
    if (header === null || statements === null) return fail(`line ${number}`, 'comes before the header');
    if (line.kind === 'removal' || line.kind === 'checkpoint') {
      if (records > 0) return fail(`line ${number}`, 'is a statement after the records');
      const wrong = line.kind === 'removal' ? statements.addRemoval(line.removal) : statements.addCheckpoint(line.checkpoint);
      const name = line.kind === 'removal' ? `removal ${line.removal.number}` : `checkpoint ${line.checkpoint.number}`;
      if (wrong !== null) return fail(name, wrong);
      if (beside !== null) return fail(name, beside);
      continue;
    }
    const { record } = line;
    const id = chainName(record);
    const where = `record ${id}:${record.sequence}`;
    if (chain?.id !== id) {
      const failure = endOfChain();
      if (failure !== null) return verdict(failure);
      if (!header.chains.some((each) => chainName(each) === id))
        return fail(where, 'belongs to a chain that the header does not name');
      if (seen.has(id)) return fail(where, 'is out of its order');
      seen.add(id);
      const gone = statements.removedOf(id).reduce((sum, { first, last }) => sum + last - first + 1, 0);
      removed += gone;
      if (gone > 0) begins.push({ chain: id, sequence: record.sequence });
      const due = dueOf(statements, id);
      chain = { id, due, sealed: header.ranges === undefined ? statements.sealedOf(id) : due, last: null };
    }
    records += 1;
    const { last } = chain;
    if (last !== null && record.sequence <= last.sequence) return fail(where, `comes after record ${last.sequence}`);
    const missing = firstBetween(chain.due, (last?.sequence ?? 0) + 1, record.sequence - 1);
    if (missing !== null) return fail(`record ${id}:${missing}`, MISSING);
    if (sha256(canonicalCommand(record)) !== record.hash) return fail(where, 'is not what its hash says: it was changed');
    const before = hashBefore(record, last, statements);
    if (before !== null && before !== record.previousHash) return fail(where, 'does not follow from the record before it');
    const wanted = statements.wantedHash(id, record.sequence);
    if (wanted !== undefined && wanted.hash !== record.hash)
      return fail(where, `has another hash than checkpoint ${wanted.number} states`);
    if (header.ranges !== undefined && line.found !== found.has(where)) return fail(where, 'is not marked as the header says');
    if (beside !== null) return fail(where, beside);
    if (firstBetween(chain.sealed, record.sequence, record.sequence) === null) unsealed += 1;
    chain.last = record;
  }
  if (header === null || statements === null) return fail('proof', 'has no header');
  const failure = endOfChain();
  if (failure !== null) return verdict(failure);
  for (const id of new Set(header.chains.map(chainName))) {
    if (seen.has(id)) continue;
    if (dueOf(statements, id).length > 0) return fail(`chain ${id}`, MISSING);
    removed += statements.removedOf(id).reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }
  const named = new Set(header.chains.map(chainName));
  const unnamed = header.isAll ? [...statements.sealedChains()].find((id) => !named.has(id)) : undefined;
  if (unnamed !== undefined && dueOf(statements, unnamed).length > 0) return fail(`chain ${unnamed}`, MISSING);
  for (const { hostId, epoch, last } of header.ranges ?? []) {
    // Without a checkpoint at its end, a stretch is linked in itself only.
    if (statements.wantedHash(chainName({ hostId, epoch }), last) === undefined)
      return fail(`record ${hostId}:${epoch}:${last}`, 'is stated by no checkpoint of this proof');
  }
  return verdict(null);
}

/** What the record must follow from; null: the record before it is not known. */
function hashBefore(record: StoredCommand, last: StoredCommand | null, statements: Statements): string | null {
  if (record.sequence === 1) return FIRST_PREVIOUS_HASH;
  if (last?.sequence === record.sequence - 1) return last.hash;
  return statements.removedOf(chainName(record)).find((stretch) => stretch.last === record.sequence - 1)?.hash ?? null;
}

/** A text: what is wrong with the line. */
function parseLine(text: string): ProofLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  const parsed = proofLineSchema.safeParse(value);
  return parsed.success ? parsed.data : `is no line of a proof: ${parsed.error.issues[0]?.message ?? ''}`;
}
