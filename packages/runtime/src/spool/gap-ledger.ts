import type { Gap } from './spool-types.ts';

/** Most gaps kept; over it the two oldest become one. */
const MOST_GAPS = 1_000;

/** The gaps that the server does not know yet. */
export type GapLedger = {
  /** Takes a gap in; one that goes on where the newest of the same reason ended makes that one longer. */
  readonly add: (gap: Gap) => void;
  /** Takes the gaps out, as far as they are in. */
  readonly confirm: (gaps: readonly Gap[]) => void;
  readonly all: () => readonly Gap[];
};

export function createGapLedger(): GapLedger {
  const gaps: Gap[] = [];
  return {
    add: (gap) => {
      const newest = gaps.at(-1);
      const goesOn = newest !== undefined && newest.reason === gap.reason && gap.first === newest.last + 1;
      if (goesOn) gaps[gaps.length - 1] = joined(newest, gap);
      else gaps.push(gap);
      const [oldest, second] = gaps;
      if (gaps.length > MOST_GAPS && oldest !== undefined && second !== undefined) gaps.splice(0, 2, joined(oldest, second));
    },
    confirm: (confirmed) => {
      for (const known of confirmed) {
        const index = gaps.findIndex((gap) => gap.first === known.first && gap.reason === known.reason && gap.last >= known.last);
        const gap = gaps[index];
        if (gap === undefined) continue;
        if (gap.last === known.last) gaps.splice(index, 1);
        else gaps[index] = { ...gap, first: known.last + 1, fromAt: Math.min(known.toAt, gap.toAt) };
      }
    },
    all: () => [...gaps],
  };
}

function joined(a: Gap, b: Gap): Gap {
  return {
    epoch: a.epoch,
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    fromAt: Math.min(a.fromAt, b.fromAt),
    toAt: Math.max(a.toAt, b.toAt),
    reason: a.reason === b.reason ? a.reason : 'several',
  };
}
