import type { TimeRange } from '../telemetry-store.ts';

/** Inserts that are told apart; above it the oldest two are taken as one. */
const MAX_ENTRIES = 1_000;

type Entry = { receivedAt: number; from: number; to: number };

/** Rounds whose results the tiers may not hold yet. `since`: when the oldest of them was received, Unix ms. */
export type Pending = TimeRange & { readonly since: number };

/** Keeps in mind which rounds were written since the rollups ran, so that a chart need not look for them in the table. */
export type PendingRounds = {
  readonly note: (receivedAt: number, from: number, to: number) => void;
  /** The tiers hold all that was received up to `until`. */
  readonly forget: (until: number) => void;
  readonly extent: () => Pending | null;
};

/** Of what was received up to `knownUntil`, before this process, nothing is known: it may lie anywhere. */
export function createPendingRounds(knownUntil: number): PendingRounds {
  let entries: Entry[] = knownUntil > 0 ? [{ receivedAt: knownUntil, from: -Infinity, to: Infinity }] : [];
  return {
    note: (receivedAt, from, to) => {
      entries.push({ receivedAt, from, to });
      const [first, second] = entries;
      if (entries.length <= MAX_ENTRIES || first === undefined || second === undefined) return;
      entries.shift();
      second.from = Math.min(second.from, first.from);
      second.to = Math.max(second.to, first.to);
    },
    forget: (until) => {
      entries = entries.filter((entry) => entry.receivedAt > until);
    },
    extent: () => {
      const [oldest] = entries;
      if (oldest === undefined) return null;
      return entries.reduce(
        (all, { from, to }) => ({ since: all.since, from: Math.min(all.from, from), to: Math.max(all.to, to) }),
        { since: oldest.receivedAt, from: oldest.from, to: oldest.to },
      );
    },
  };
}
