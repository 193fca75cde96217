/** Sequences from the first to the last, both included. */
export type Interval = { readonly first: number; readonly last: number };

/** What is left of intervals when others are cut out of them; in order. */
export function subtract(intervals: readonly Interval[], cuts: readonly Interval[]): Interval[] {
  let left = intervals.toSorted((a, b) => a.first - b.first);
  for (const cut of cuts) {
    left = left.flatMap((each) =>
      cut.last < each.first || cut.first > each.last
        ? [each]
        : [
            ...(each.first < cut.first ? [{ first: each.first, last: cut.first - 1 }] : []),
            ...(each.last > cut.last ? [{ first: cut.last + 1, last: each.last }] : []),
          ],
    );
  }
  return left;
}

/** The first sequence of the intervals that lies between the two, both included; null: none does. */
export function firstBetween(intervals: readonly Interval[], from: number, to: number): number | null {
  if (from > to) return null;
  const found = intervals.find(({ first, last }) => first <= to && last >= from);
  return found === undefined ? null : Math.max(from, found.first);
}
