import type { Log } from '@watchpost/runtime/log/log';
import type { TargetStore } from '../catalog/target-store.ts';
import type { TargetQueries } from './target-queries.ts';

/** Begins no further chart after this time, ms: a server that restarts is waited for. */
const WARM_UP_MS = 1_800;
const MOST_CHARTS = 32;
const YEAR_MS = 365 * 86_400_000;
const POINTS = 800;

/**
 * Computes some charts before the first person asks, so that nobody waits for code that runs for the first time and for indexes
 * that the engine has not read yet: the first chart of a large store takes four times as long as the thirtieth.
 */
export async function warmUpCharts(parts: {
  readonly targets: TargetStore;
  readonly queries: TargetQueries;
  readonly wallMs: () => number;
  readonly signal: AbortSignal;
  readonly log: Log;
}): Promise<void> {
  const { targets, queries, wallMs, signal, log } = parts;
  const all = targets.list();
  const to = wallMs();
  const end = performance.now() + WARM_UP_MS;
  try {
    for (let chart = 0; all.length > 0 && chart < MOST_CHARTS && performance.now() < end && !signal.aborted; chart += 1) {
      const id = all[chart % all.length]?.id ?? '';
      await queries.series(id, { from: to - YEAR_MS, to, tz: 'UTC', points: POINTS, vantages: '' });
    }
  } catch (error) {
    log.warn({ err: error }, 'no chart could be computed at the start');
  }
}
