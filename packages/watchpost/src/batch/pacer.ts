import { setTimeout as wait } from 'node:timers/promises';

/** What the pacer may make up for when it is behind, ms. More than that is let go. */
const CATCH_UP_MS = 50;

/** Lets starts through at an even rate. `rate` null: at once. */
export function createPacer(rate: number | null, nowMs: () => number): { readonly turn: (signal: AbortSignal) => Promise<void> } {
  const stepMs = rate === null ? 0 : 1_000 / rate;
  let nextMs = nowMs();
  return {
    async turn(signal) {
      if (rate === null) return;
      const now = nowMs();
      nextMs = Math.max(nextMs, now - CATCH_UP_MS);
      const waitMs = nextMs - now;
      nextMs += stepMs;
      if (waitMs < 1) return;
      try {
        await wait(waitMs, undefined, { signal });
      } catch {
        // The signal ended the wait: the caller sees it too.
      }
    },
  };
}
