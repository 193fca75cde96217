import type { LiveEvent } from '@watchpost/contracts/api/live';
import type { LatestResult } from '../telemetry/telemetry-store.ts';
import { toLineState } from '../quality/live-state.ts';

/** Results go out at most this often. */
const COALESCE_MS = 500;
/** Viewers are told that agents have news at most this often. */
const AGENTS_EVERY_MS = 5_000;
/** Lines that wait for the next event; more than that and the oldest are left to the next overview. */
const PENDING_LIMIT = 20_000;

type Noun = Extract<LiveEvent, { event: 'changed' }>['noun'];

/** Hands what happens to all who watch. An event is made into text once, however many watch. */
export type LiveHub = {
  readonly results: (latest: readonly LatestResult[]) => void;
  readonly changed: (noun: Noun, id: string | null) => void;
  /** An agent told how it is: all of them together make one event now and then. */
  readonly agentHeard: () => void;
  readonly subscribe: (listener: (event: string) => void) => () => void;
  readonly close: () => void;
};

export function createLiveHub(): LiveHub {
  const listeners = new Set<(event: string) => void>();
  const pending = new Map<string, LatestResult>();
  let timer: NodeJS.Timeout | null = null;
  let agentsTimer: NodeJS.Timeout | null = null;
  const send = (event: LiveEvent) => {
    if (listeners.size === 0) return;
    const text = `event: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`;
    for (const listener of listeners) listener(text);
  };
  const flush = () => {
    timer = null;
    const lines = [...pending.values()].map((latest) => ({ ...toLineState(latest), targetId: latest.targetId }));
    pending.clear();
    send({ event: 'results', lines });
  };
  return {
    results(latest) {
      if (listeners.size === 0 || latest.length === 0) return;
      for (const line of latest) {
        if (pending.size < PENDING_LIMIT) pending.set(`${line.targetId} ${line.vantage} ${line.series}`, line);
      }
      timer ??= setTimeout(flush, COALESCE_MS);
    },
    agentHeard() {
      if (listeners.size === 0) return;
      agentsTimer ??= setTimeout(() => {
        agentsTimer = null;
        send({ event: 'changed', noun: 'agents', id: null });
      }, AGENTS_EVERY_MS);
    },
    changed: (noun, id) => send({ event: 'changed', noun, id }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      if (agentsTimer !== null) clearTimeout(agentsTimer);
      listeners.clear();
      pending.clear();
    },
  };
}
