import { useSyncExternalStore } from 'react';

/** How often relative times are counted on. */
const TICK_MS = 10_000;

let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  nowMs = Date.now();
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** Wall time of the browser, Unix ms, counted on every ten seconds: one timer for all who show a relative time. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => nowMs);
