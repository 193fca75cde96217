import assert from 'node:assert/strict';

/** An inclusive range of sequences. */
export type SequenceRange = readonly [first: number, last: number];

/** A set of sequences kept as few, sorted, disjoint ranges. */
export type SequenceSet = {
  readonly add: (first: number, last: number) => void;
  readonly remove: (first: number, last: number) => void;
  readonly has: (sequence: number) => boolean;
  /** Whether all of the range is in the set. */
  readonly covers: (first: number, last: number) => boolean;
  /** How many of the range are in the set. */
  readonly countWithin: (first: number, last: number) => number;
  /** The parts of the range that are in the set, ascending. */
  readonly within: (first: number, last: number) => readonly SequenceRange[];
  /** The parts of the range that are not in the set, ascending. */
  readonly missing: (first: number, last: number) => readonly SequenceRange[];
  /** The lowest stretch that is not in the set; null: the set covers the range. */
  readonly firstMissing: (first: number, last: number) => SequenceRange | null;
  /** The highest stretch that is not in the set; null: the set covers the range. */
  readonly lastMissing: (first: number, last: number) => SequenceRange | null;
  readonly ranges: () => readonly SequenceRange[];
};

export function createSequenceSet(): SequenceSet {
  const ranges: SequenceRange[] = [];

  /** Index of the first range that ends at or after the sequence. */
  const indexOf = (sequence: number): number => {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = ranges[middle];
      if (range !== undefined && range[1] < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const within = (first: number, last: number): readonly SequenceRange[] => {
    const found: SequenceRange[] = [];
    for (let index = indexOf(first); index < ranges.length; index++) {
      const range = ranges[index];
      if (range === undefined || range[0] > last) break;
      found.push([Math.max(range[0], first), Math.min(range[1], last)]);
    }
    return found;
  };

  const missing = (first: number, last: number): readonly SequenceRange[] => {
    const found: SequenceRange[] = [];
    let next = first;
    for (const [from, to] of within(first, last)) {
      if (from > next) found.push([next, from - 1]);
      next = to + 1;
    }
    if (next <= last) found.push([next, last]);
    return found;
  };

  return {
    add: (first, last) => {
      assert(Number.isSafeInteger(first) && first >= 1 && last >= first, `not a range of sequences: ${first}-${last}`);
      const start = indexOf(first - 1);
      let end = start;
      let from = first;
      let to = last;
      for (; end < ranges.length; end++) {
        const range = ranges[end];
        if (range === undefined || range[0] > last + 1) break;
        from = Math.min(from, range[0]);
        to = Math.max(to, range[1]);
      }
      ranges.splice(start, end - start, [from, to]);
    },
    remove: (first, last) => {
      const start = indexOf(first);
      const kept: SequenceRange[] = [];
      let end = start;
      for (; end < ranges.length; end++) {
        const range = ranges[end];
        if (range === undefined || range[0] > last) break;
        if (range[0] < first) kept.push([range[0], first - 1]);
        if (range[1] > last) kept.push([last + 1, range[1]]);
      }
      ranges.splice(start, end - start, ...kept);
    },
    has: (sequence) => {
      const range = ranges[indexOf(sequence)];
      return range !== undefined && range[0] <= sequence;
    },
    covers: (first, last) => {
      const range = ranges[indexOf(first)];
      return range !== undefined && range[0] <= first && range[1] >= last;
    },
    countWithin: (first, last) => within(first, last).reduce((sum, [from, to]) => sum + to - from + 1, 0),
    within,
    missing,
    firstMissing: (first, last) => {
      if (first > last) return null;
      const range = ranges[indexOf(first)];
      if (range === undefined || range[0] > first) return [first, Math.min(last, (range?.[0] ?? Number.POSITIVE_INFINITY) - 1)];
      const next = ranges[indexOf(first) + 1];
      return range[1] >= last ? null : [range[1] + 1, Math.min(last, (next?.[0] ?? Number.POSITIVE_INFINITY) - 1)];
    },
    lastMissing: (first, last) => {
      if (first > last) return null;
      const index = indexOf(last);
      const range = ranges[index];
      const covering = range !== undefined && range[0] <= last ? range : undefined;
      const top = covering === undefined ? last : covering[0] - 1;
      const below = ranges[index - 1];
      return top < first ? null : [Math.max(first, (below?.[1] ?? 0) + 1), top];
    },
    ranges: () => ranges,
  };
}
