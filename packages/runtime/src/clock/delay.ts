import { setTimeout as wait } from 'node:timers/promises';

/** Longest time a timer of Node can hold, ms. */
const MAX_TIMER_MS = 2_147_483_647;

/** Waits. Resolves true when the time is over, false when the signal ended the wait. Never rejects. */
export async function delay(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await wait(Math.min(Math.max(ms, 0), MAX_TIMER_MS), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
