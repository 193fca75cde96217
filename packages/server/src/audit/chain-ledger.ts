import type { Checkpoint, Removal } from '@watchpost/contracts/api/audit';
import { FIRST_PREVIOUS_HASH } from '@watchpost/contracts/commands/command';
import type { ChainBreak, ChainStore } from '../catalog/chain-store.ts';
import type { ChainStretchRow } from '../catalog/tables.ts';
import type { CommandStore } from '../telemetry/command-store.ts';

type Link = { readonly sequence: number; readonly hash: string; readonly previousHash: string };
type Stretch = { first: number; last: number; before: string; hash: string };
type Chain = { readonly hostId: string; readonly epoch: number; stretches: Stretch[] };

export type ChainState = 'whole' | 'gap' | 'broken' | 'empty';

/**
 * Which records of every chain are stored, as stretches without a hole, and where a chain does not hold together. Batches
 * may come in any order: a link is looked at as soon as both of its records are there. What is broken stays so.
 */
export type ChainLedger = {
  readonly knows: (hostId: string, epoch: number, sequence: number) => boolean;
  /** Records that are stored now. Gives the breaks they bring to light: to be written down with `addBreaks`. */
  readonly add: (hostId: string, epoch: number, links: readonly Link[]) => readonly ChainBreak[];
  readonly addBreaks: (breaks: readonly ChainBreak[]) => Promise<void>;
  readonly stateOf: (hostId: string) => ChainState;
  readonly breaksOf: (hostId: string) => readonly ChainBreak[];
  /** Records of the host that were stored, ever. */
  readonly storedOf: (hostId: string) => number;
  /** Records of the host that retention removed. */
  readonly removedOf: (hostId: string) => number;
  readonly noteRemoval: (removal: Removal) => void;
  /** Every stretch of every chain, by host, epoch and place. */
  readonly heads: () => Checkpoint['heads'];
  readonly flush: () => Promise<void>;
};

/** Breaks kept in memory for each host; all are in the catalog. */
const BREAKS_SHOWN = 1_000;
/** What was received in this time before the last save is looked at again. */
const OVERLAP_MS = 60_000;

export async function openChainLedger(parts: {
  readonly chains: ChainStore;
  readonly commands: CommandStore;
  readonly wallMs: () => number;
}): Promise<ChainLedger> {
  const { chains: store, commands, wallMs } = parts;
  const chains = new Map<string, Chain>();
  const breaks = new Map<string, ChainBreak[]>();
  const removed = new Map<string, number>();
  const dirty = new Set<Chain>();
  let savedAt = 0;

  const chainOf = (hostId: string, epoch: number): Chain => {
    const key = `${hostId}:${epoch}`;
    const chain = chains.get(key) ?? { hostId, epoch, stretches: [] };
    chains.set(key, chain);
    return chain;
  };
  const noteBreak = (each: ChainBreak): void => {
    const known = breaks.get(each.hostId) ?? [];
    if (known.length < BREAKS_SHOWN) known.push(each);
    breaks.set(each.hostId, known);
  };

  const noteRemoval = ({ removed: stretches }: Removal): void => {
    for (const { hostId, first, last } of stretches) removed.set(hostId, (removed.get(hostId) ?? 0) + last - first + 1);
  };

  const add: ChainLedger['add'] = (hostId, epoch, links) => {
    const chain = chainOf(hostId, epoch);
    const found: ChainBreak[] = [];
    const broken = (sequence: number, what: string): void => {
      found.push({ hostId, epoch, sequence, what, at: wallMs() });
    };
    for (const link of links) {
      if (covering(chain.stretches, link.sequence) !== -1) continue;
      dirty.add(chain);
      insert(chain, link, broken);
    }
    return found;
  };

  for (const row of await store.stretches()) {
    const { hostId, epoch, first, last, before, hash } = row;
    chainOf(hostId, epoch).stretches.push({ first, last, before, hash });
    savedAt = Math.max(savedAt, row.savedAt);
  }
  for (const each of await store.breaks()) noteBreak(each);
  for (const removal of await store.removals()) noteRemoval(removal);
  for await (const { hostId, epoch, ...link } of commands.receivedSince(Math.max(0, savedAt - OVERLAP_MS))) {
    const found = add(hostId, epoch, [link]);
    for (const each of found) noteBreak(each);
    if (found.length > 0) await store.addBreaks(found);
  }

  return {
    knows: (hostId, epoch, sequence) => covering(chains.get(`${hostId}:${epoch}`)?.stretches ?? [], sequence) !== -1,
    add,
    async addBreaks(found) {
      for (const each of found) noteBreak(each);
      await store.addBreaks(found);
    },
    stateOf(hostId) {
      if (breaks.has(hostId)) return 'broken';
      const own = [...chains.values()].filter((chain) => chain.hostId === hostId && chain.stretches.length > 0);
      if (own.length === 0) return 'empty';
      const isWhole = own.length === 1 && own.every(({ stretches }) => stretches.length === 1 && stretches[0]?.first === 1);
      return isWhole ? 'whole' : 'gap';
    },
    breaksOf: (hostId) => breaks.get(hostId) ?? [],
    storedOf: (hostId) =>
      [...chains.values()]
        .filter((chain) => chain.hostId === hostId)
        .flatMap(({ stretches }) => stretches)
        .reduce((sum, { first, last }) => sum + last - first + 1, 0),
    removedOf: (hostId) => removed.get(hostId) ?? 0,
    noteRemoval,
    heads: () =>
      [...chains.values()]
        .toSorted((left, right) =>
          left.hostId === right.hostId ? left.epoch - right.epoch : left.hostId < right.hostId ? -1 : 1,
        )
        .flatMap(({ hostId, epoch, stretches }) =>
          stretches.map(({ first, last, hash }) => ({ hostId, epoch, first, last, hash })),
        ),
    async flush() {
      const now = wallMs();
      const changed = [...dirty];
      dirty.clear();
      if (changed.length === 0) return;
      try {
        await store.saveStretches(
          changed.map(({ hostId, epoch, stretches }) => ({
            hostId,
            epoch,
            stretches: stretches.map((stretch): ChainStretchRow => ({ hostId, epoch, ...stretch, savedAt: now })),
          })),
        );
      } catch (error) {
        for (const chain of changed) dirty.add(chain);
        throw error;
      }
    },
  };
}

/** Index of the stretch that holds the sequence; -1: none. */
function covering(stretches: readonly Stretch[], sequence: number): number {
  return stretches.findLastIndex(({ first, last }) => first <= sequence && sequence <= last);
}

/** Puts a record into its chain. Stretches grow together where the link holds; where it does not, they stay apart. */
function insert(chain: Chain, { sequence, hash, previousHash }: Link, broken: (sequence: number, what: string) => void): void {
  const { stretches } = chain;
  const at = stretches.findLastIndex(({ last }) => last < sequence) + 1;
  const left = stretches[at - 1];
  const right = stretches[at];
  const own: Stretch = { first: sequence, last: sequence, before: previousHash, hash };
  if (sequence === 1 && previousHash !== FIRST_PREVIOUS_HASH) broken(1, 'the first record names a record before it');
  let isJoinedLeft = false;
  let isJoinedRight = false;
  if (left?.last === sequence - 1) {
    isJoinedLeft = left.hash === previousHash;
    if (!isJoinedLeft) broken(sequence, 'the record does not follow from the one before it');
  }
  if (right?.first === sequence + 1) {
    isJoinedRight = right.before === hash;
    if (!isJoinedRight) broken(sequence + 1, 'the record does not follow from the one before it');
  }
  if (isJoinedLeft && left !== undefined) {
    own.first = left.first;
    own.before = left.before;
  }
  if (isJoinedRight && right !== undefined) {
    own.last = right.last;
    own.hash = right.hash;
  }
  stretches.splice(at - Number(isJoinedLeft), Number(isJoinedLeft) + Number(isJoinedRight), own);
}
