/** When a line was to be measured; times in Unix ms. */
export type Rounds = { readonly now: number; readonly firstAt: number | null; readonly intervalS: number };

/**
 * Rounds that were to be measured from `from` to `to` (Unix ms): the multiples of the interval. A round that began less
 * than an interval before `now` may still be on its way.
 */
export function expectedRounds(from: number, to: number, { now, firstAt, intervalS }: Rounds): number {
  const intervalMs = intervalS * 1_000;
  const first = Math.ceil(Math.max(from, firstAt ?? from) / intervalMs);
  const end = Math.ceil(Math.min(to, now - intervalMs + 1) / intervalMs);
  return Math.max(0, end - first);
}

/** 0…1; null: nothing was to be measured. */
export function coverageOf(rounds: number, expected: number): number | null {
  if (expected === 0) return rounds > 0 ? 1 : null;
  return Math.min(1, rounds / expected);
}
