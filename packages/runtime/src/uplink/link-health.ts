import type { Clock } from '../clock/clock.ts';
import { delay } from '../clock/delay.ts';

/** When the next try may be made: back-off with jitter after failures, at once after a success. Both lanes share it. */
export type LinkHealth = {
  readonly succeeded: () => void;
  /** Takes note of a failure. `pauseMs`: what the server asked for, instead of the back-off. */
  readonly failed: (why: string, pauseMs: number | null) => void;
  readonly failures: () => number;
  readonly lastError: () => string | null;
  /** How long no try may be made yet. */
  readonly pauseMs: () => number;
  /** Resolves true when a try may be made, false when the signal came first. */
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
  /** Ends the pause. */
  readonly wake: () => void;
};

export function createLinkHealth(options: {
  readonly clock: Clock;
  readonly firstMs: number;
  readonly mostMs: number;
  /** 0 ≤ n < 1 */
  readonly random?: () => number;
}): LinkHealth {
  const random = options.random ?? Math.random;
  const nowMs = (): number => options.clock.monotonicUs() / 1_000;
  let failures = 0;
  let lastError: string | null = null;
  let openAt = Number.NEGATIVE_INFINITY;
  let pause = new AbortController();

  return {
    succeeded: () => {
      failures = 0;
      lastError = null;
      openAt = Number.NEGATIVE_INFINITY;
    },
    failed: (why, pauseMs) => {
      failures += 1;
      lastError = why;
      // Jitter: agents that lost the server together do not return together.
      const backoff = Math.min(options.firstMs * 2 ** Math.min(failures - 1, 30), options.mostMs) * (0.5 + random() / 2);
      openAt = nowMs() + (pauseMs === null ? backoff : pauseMs * (1 + random() / 10));
    },
    failures: () => failures,
    lastError: () => lastError,
    pauseMs: () => Math.max(openAt - nowMs(), 0),
    ready: async (signal) => {
      while (!signal.aborted) {
        const waitMs = openAt - nowMs();
        if (waitMs <= 0) return true;
        await delay(waitMs, AbortSignal.any([signal, pause.signal]));
      }
      return false;
    },
    wake: () => {
      openAt = Number.NEGATIVE_INFINITY;
      pause.abort();
      pause = new AbortController();
    },
  };
}
