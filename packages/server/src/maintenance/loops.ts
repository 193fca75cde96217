import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Log } from '@watchpost/runtime/log/log';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import { createClockWatch } from './clock-watch.ts';
import type { TelemetryStore } from '../telemetry/telemetry-store.ts';

const ROLL_UP_EVERY_MS = 5_000;
const RETENTION_EVERY_MS = 3_600_000;
const FLUSH_EVERY_MS = 15_000;
const CHECKPOINT_EVERY_MS = 60_000;
const STATISTICS_EVERY_MS = 30_000;
/** A loop whose work takes long rests for this many times as long, so that it never takes more than a fifth of the engine. */
const REST_FACTOR = 4;
const LONGEST_REST_MS = 300_000;

/** Starts what has to happen again and again. `done` resolves when all has ended after the signal. */
export function startMaintenance(parts: {
  readonly store: TelemetryStore;
  readonly flushAgents: () => Promise<void>;
  /** Writes down how far the chains of the command audit are, and signs it. */
  readonly sealChains: () => Promise<void>;
  /** Forgets what in the catalog is over. */
  readonly pruneCatalog: (now: number) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}): { readonly done: Promise<void> } {
  const { store, flushAgents, sealChains, pruneCatalog, clock, log, metrics, signal } = parts;
  const rawRows = metrics.gauge('store_raw_results', 'Results in the store');
  const diskBytes = metrics.gauge('store_disk_bytes', 'Bytes of the store on disk');
  const lagS = metrics.gauge('store_rollup_lag_seconds', 'Age of the oldest result that is not in the rollups yet');

  const mayForget = createClockWatch({ clock, log });

  const loop = async (name: string, everyMs: number, work: () => Promise<void>) => {
    while (!signal.aborted) {
      const startUs = clock.monotonicUs();
      try {
        await work();
      } catch (error) {
        log.warn({ err: error, task: name }, 'a recurring task failed and will be tried again');
      }
      const tookMs = (clock.monotonicUs() - startUs) / 1_000;
      const restMs = Math.max(everyMs, Math.min(tookMs * REST_FACTOR, LONGEST_REST_MS));
      await wait(restMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const loops = [
    loop('roll-up', ROLL_UP_EVERY_MS, () => store.rollUp()),
    loop('retention', RETENTION_EVERY_MS, async () => {
      if (!mayForget()) return;
      await store.enforceRetention(clock.wallMs());
      await pruneCatalog(clock.wallMs());
    }),
    loop('checkpoint', CHECKPOINT_EVERY_MS, sealChains),
    loop('agent-contacts', FLUSH_EVERY_MS, flushAgents),
    loop('statistics', STATISTICS_EVERY_MS, async () => {
      const figures = await store.statistics();
      rawRows.set(figures.rawRows);
      diskBytes.set(figures.diskBytes);
      lagS.set(figures.rollupLagS);
    }),
  ];
  return { done: Promise.all(loops).then(() => undefined) };
}
