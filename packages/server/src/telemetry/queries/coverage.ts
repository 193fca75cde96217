/**
 * Rounds that were to be measured from `from` to `to` (Unix ms): the multiples of the interval. A round that began less
 * than an interval before `now` may still be on its way.
 */
export function expectedRounds(range: {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly firstAt: number | null;
  readonly intervalS: number;
}): number {
  const intervalMs = range.intervalS * 1_000;
  const from = Math.max(range.from, range.firstAt ?? range.from);
  const to = Math.min(range.to, range.now - intervalMs + 1);
  return Math.max(0, Math.ceil(to / intervalMs) - Math.ceil(from / intervalMs));
}

/** 0…1; null: nothing was to be measured. */
export function coverageOf(rounds: number, expected: number): number | null {
  if (expected === 0) return rounds > 0 ? 1 : null;
  return Math.min(1, rounds / expected);
}
