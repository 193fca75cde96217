import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Log } from '@watchpost/runtime/log/log';

/** The wall clock may go this far from the monotonic one between two looks: setting it right, and the hour of a leap. */
const JUMP_MS = 2 * 3_600_000;
/** After a jump nothing is forgotten for this long, so that a person or NTP can set the clock right. */
const PAUSE_MS = 24 * 3_600_000;

/**
 * Says whether what is old may be forgotten now. A clock that jumps to another year would make everything old at once:
 * after a jump forgetting waits for a day.
 */
export function createClockWatch(parts: { readonly clock: Clock; readonly log: Log }): () => boolean {
  const { clock, log } = parts;
  const look = () => ({ wallMs: clock.wallMs(), monotonicMs: clock.monotonicUs() / 1_000 });
  let last = look();
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  return () => {
    const now = look();
    const jumpMs = now.wallMs - last.wallMs - (now.monotonicMs - last.monotonicMs);
    last = now;
    if (Math.abs(jumpMs) > JUMP_MS) {
      pausedUntilMs = now.monotonicMs + PAUSE_MS;
      log.error({ jumpMs: Math.round(jumpMs) }, 'the clock of this machine jumped: nothing old is removed for 24 hours');
    }
    return now.monotonicMs >= pausedUntilMs;
  };
}
