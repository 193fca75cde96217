/**
 * Rounds: a round starts at a multiple of the interval since the Unix epoch, so all vantage points have the same ones. A
 * check is measured in each round at the same phase: an offset into the round that its key decides.
 */

/** A clock that goes back by more than this was wrong before: rounds already measured are measured again then. */
export const MAX_CLOCK_BACK_MS = 3_600_000;

/** Offset of a check into its rounds, 0 up to the interval, ms: FNV-1a of the key, mixed, spread over the interval. */
export function phaseOffsetMs(key: string, intervalMs: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return Math.floor(((hash >>> 0) / 0x1_0000_0000) * intervalMs);
}

/** A measurement to come: in which round, and when. Unix ms. */
export type Due = { readonly roundAt: number; readonly dueAt: number };

/**
 * The next measurement that is due at `nowMs` or later, in a round after the last one. So a stall or a jump forwards
 * leaves rounds out instead of measuring them in a bunch, and a jump backwards never measures a round twice.
 * @param lastRoundAt the last round that is settled, measured or left out; null: none yet.
 */
export function nextDue(options: {
  readonly intervalMs: number;
  readonly offsetMs: number;
  readonly lastRoundAt: number | null;
  readonly nowMs: number;
}): Due {
  const { intervalMs, offsetMs, lastRoundAt, nowMs } = options;
  const byClock = Math.ceil((nowMs - offsetMs) / intervalMs) * intervalMs;
  const afterLast = lastRoundAt === null ? byClock : (Math.floor(lastRoundAt / intervalMs) + 1) * intervalMs;
  const isClockReset = afterLast - byClock > intervalMs + MAX_CLOCK_BACK_MS;
  const roundAt = isClockReset ? byClock : Math.max(byClock, afterLast);
  return { roundAt, dueAt: roundAt + offsetMs };
}

/** The last round whose measurement was due at `nowMs` or before. */
export function roundDueBy(nowMs: number, intervalMs: number, offsetMs: number): number {
  return Math.floor((nowMs - offsetMs) / intervalMs) * intervalMs;
}
