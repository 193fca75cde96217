import type { ProofHeader, ProofLine } from '@watchpost/contracts/api/audit';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { CommandQuery, CommandStore } from '../telemetry/command-store.ts';
import type { Checkpoints } from './checkpoints.ts';
import { proofHeader } from './proof.ts';

/** Records of one proof that a search may find, the newest, and with those that link them. */
export const SEARCH_PROOF = { found: 10_000, records: 500_000 } as const;
const PAGE = 500;

type Found = { readonly hostId: string; readonly epoch: number; readonly sequence: number; readonly receivedAt: number };
type Range = NonNullable<ProofHeader['ranges']>[number];

/**
 * The proof of a search: what it finds, each command with its end, and the records from each up to the next checkpoint that states
 * them. Rejects with `too-large` when these are too many; only then begins what it gives.
 */
export async function searchProof(parts: {
  readonly store: CommandStore;
  readonly checkpoints: Checkpoints;
  readonly query: CommandQuery;
  /** The search, in words for the header. */
  readonly asked: string;
  readonly nameOf: (hostId: string) => string;
}): Promise<AsyncIterable<ProofLine>> {
  const { store, checkpoints, query, asked, nameOf } = parts;
  const { found, unsigned, hasMore } = await findAll(store, query);
  await checkpoints.make();
  const numbers = new Set<number>();
  const ranges: Range[] = [];
  let records = 0;
  for (const each of found) {
    const before = ranges.at(-1);
    if (before?.hostId === each.hostId && before.epoch === each.epoch && each.sequence <= before.last) {
      before.found.push(each.sequence);
      continue;
    }
    const stated = await checkpoints.stating(each);
    if (stated === null) throw new AppError('unavailable', 'no checkpoint states these records yet', { retryAfterS: 5 });
    const { hostId, epoch, sequence } = each;
    numbers.add(stated.number);
    ranges.push({ hostId, epoch, first: sequence, last: stated.last, found: [sequence] });
    records += stated.last - sequence + 1;
    if (records > SEARCH_PROOF.records) {
      throw new AppError('too-large', `the proof would have more than ${SEARCH_PROOF.records} records: search for less`);
    }
  }
  const chains = [...new Map(ranges.map(({ hostId, epoch }) => [`${hostId}:${epoch}`, { hostId, epoch }])).values()];
  const header = proofHeader(checkpoints, nameOf, { chains, isAll: false, ranges, search: { asked, unsigned, hasMore } });
  return linesOf(store, checkpoints, header, [...numbers]);
}

async function* linesOf(
  store: CommandStore,
  checkpoints: Checkpoints,
  header: ProofHeader,
  numbers: readonly number[],
): AsyncGenerator<ProofLine> {
  yield header;
  for (const number of numbers.toSorted((left, right) => left - right)) {
    const [checkpoint] = await checkpoints.list(number, 1);
    if (checkpoint?.number === number) yield { kind: 'checkpoint', checkpoint };
  }
  for (const { hostId, epoch, first, last, found } of header.ranges ?? []) {
    const isFound = new Set(found);
    for await (const record of store.chain(hostId, epoch, first, last)) {
      yield { kind: 'record', record, found: isFound.has(record.sequence) };
    }
  }
}

/** What the search finds, in the order of the chains. */
async function findAll(
  store: CommandStore,
  asked: CommandQuery,
): Promise<{ readonly found: readonly Found[]; readonly unsigned: number; readonly hasMore: boolean }> {
  const found = new Map<string, Found>();
  let query: CommandQuery = { ...asked, limit: PAGE, withHashes: false };
  let unsigned = 0;
  let hasMore = false;
  for (;;) {
    const page = await store.search(query);
    for (const { command, end } of page.commands) {
      if (command.source === 'legacy') unsigned += 1;
      for (const each of [command, end]) {
        if (each?.source !== 'recorder') continue;
        const { hostId, epoch, sequence, receivedAt } = each;
        found.set(`${hostId}:${epoch}:${sequence}`, { hostId, epoch, sequence, receivedAt });
      }
    }
    const last = page.commands.at(-1)?.command;
    hasMore = page.hasMore || page.searchedBackTo !== null;
    if (!page.hasMore || last === undefined || found.size + unsigned >= SEARCH_PROOF.found) break;
    query = { ...query, before: last };
  }
  const ordered = [...found.values()].toSorted((left, right) =>
    left.hostId === right.hostId
      ? left.epoch - right.epoch || left.sequence - right.sequence
      : left.hostId < right.hostId
        ? -1
        : 1,
  );
  return { found: ordered, unsigned, hasMore };
}
