import { useSyncExternalStore } from 'react';

/** Answers of a proxy whose server is away. */
const AWAY_STATUSES = new Set([502, 504]);

let awaySince: number | null = null;
const listeners = new Set<() => void>();

function set(next: number | null): void {
  if (awaySince === next) return;
  awaySince = next;
  for (const listener of listeners) listener();
}

/** Notes how a request ended: its HTTP status, 0 when no answer came. */
export function noteAnswer(status: number): void {
  if (status !== 0 && !AWAY_STATUSES.has(status)) set(null);
  else set(awaySince ?? Date.now());
}

export function subscribeReachability(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Since when the server does not answer, Unix ms; null: it answers. */
export const readAwaySince = (): number | null => awaySince;

export const useAwaySince = (): number | null => useSyncExternalStore(subscribeReachability, readAwaySince);
