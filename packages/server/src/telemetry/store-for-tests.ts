import { type Clock, systemClock } from '@watchpost/runtime/clock/clock';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import type { ResultRecord } from '@watchpost/contracts/results/result';
import { openTelemetryStore, type TelemetryStoreOptions } from './open-telemetry-store.ts';
import type { TelemetryStore } from './telemetry-store.ts';

/** A clock that shows `now` until it is turned; durations are real. */
export function settableClock(now: number): Clock & { set: (ms: number) => void } {
  let shown = now;
  return {
    wallMs: () => shown,
    monotonicUs: systemClock.monotonicUs,
    set: (ms) => {
      shown = ms;
    },
  };
}

/** The real store over a folder. */
export function openTestStore(
  dir: string,
  clock: Clock,
  options: Partial<TelemetryStoreOptions> = {},
): ReturnType<typeof openTelemetryStore> {
  return openTelemetryStore({
    dir,
    clock,
    log: createLog({ name: 'test', level: 'silent' }),
    metrics: createMetrics({ processMetrics: false }),
    ...options,
  });
}

/** Delivers records of one agent as one batch. */
export function deliver(
  store: TelemetryStore,
  records: readonly ResultRecord[],
  agentId = 'agent-1',
  epoch = 1,
): Promise<{ readonly inserted: number }> {
  const sequences = records.map(({ sequence }) => sequence);
  return store.insertResults({ agentId, epoch, first: Math.min(...sequences), last: Math.max(...sequences), records });
}
