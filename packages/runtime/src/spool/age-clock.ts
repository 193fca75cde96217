import type { Clock } from '../clock/clock.ts';

/**
 * The time by which records grow old: wall time when it is made, and from then on only what really passed. A jump of the
 * wall clock neither throws records away nor keeps them for ever longer than until the next start.
 */
export function createAgeClock(clock: Clock): () => number {
  const startedAt = clock.wallMs();
  const startedUs = clock.monotonicUs();
  return () => startedAt + (clock.monotonicUs() - startedUs) / 1_000;
}
