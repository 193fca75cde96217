import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { openTelemetryStore } from '../packages/server/src/telemetry/open-telemetry-store.ts';
import { resultRecord, withWait } from '../packages/server/src/telemetry/result-fixtures.ts';
import type { Bench } from './bench.ts';

const AGENTS = 20;
const BATCH = 500;

/** Durable, exactly-once writing of results by the store alone: many agents deliver batches, each waits for its answer. */
export const storeIngest: Bench = {
  name: 'store-ingest',
  title: 'Results per second that the telemetry store writes durably',
  run: async ({ quick, log }) => {
    const dir = await mkdtemp(join(tmpdir(), 'watchpost-bench-'));
    const store = await openTelemetryStore({
      dir,
      clock: systemClock,
      log: createLog({ name: 'bench', level: 'warn' }),
      metrics: createMetrics({ processMetrics: false }),
    });
    try {
      const seconds = quick ? 4 : 20;
      const rounds = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
      const until = performance.now() + seconds * 1_000;
      const latencies: number[] = [];
      let written = 0;
      let enginePeak = 0;
      const watch = setInterval(() => {
        void memoryOf(store.engine.pid()).then((bytes) => {
          enginePeak = Math.max(enginePeak, bytes);
        });
      }, 250);
      const begin = performance.now();
      await Promise.all(
        Array.from({ length: AGENTS }, async (_, agent) => {
          const agentId = `agent-${agent}`;
          for (let first = 1; performance.now() < until; first += BATCH) {
            const records = Array.from({ length: BATCH }, (__, index) => {
              const sequence = first + index;
              const record = resultRecord({
                sequence,
                agentId,
                vantage: `v${agent}`,
                targetId: `target-${sequence % 300}`,
                roundAt: rounds + Math.floor(sequence / 300) * 1_000,
              });
              return withWait(record, 30_000 + ((sequence * 7_919 + agent * 31) % 20_011));
            });
            const sent = performance.now();
            const { inserted } = await store.insertResults({ agentId, epoch: 1, first, last: first + BATCH - 1, records });
            latencies.push(performance.now() - sent);
            written += inserted;
          }
        }),
      );
      const took = (performance.now() - begin) / 1_000;
      clearInterval(watch);
      const sorted = latencies.toSorted((a, b) => a - b);
      const rollBegin = performance.now();
      await store.rollUp();
      const rollUpMs = performance.now() - rollBegin;
      const { rawRows } = await store.statistics();
      log(`${written} results in ${took.toFixed(1)} s`);
      if (rawRows !== written) throw new Error(`${written} were acknowledged, ${rawRows} are stored`);
      return {
        resultsPerSecond: Math.round(written / took),
        limitResultsPerSecond: 80_000,
        batchP50Ms: Math.round(sorted[Math.floor(sorted.length * 0.5)] ?? 0),
        batchP99Ms: Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
        engineRssMb: Math.round(enginePeak / 1e6),
        rssMb: Math.round(process.memoryUsage.rss() / 1e6),
        rollUpMs: Math.round(rollUpMs),
      };
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** Resident memory of a process, bytes; 0 where the system does not say. */
async function memoryOf(pid: number | null): Promise<number> {
  const status = pid === null ? '' : await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1_024;
}
