import type { BatchAnswer } from '@watchpost/contracts/agents/agent-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { ResultRecord } from '@watchpost/contracts/results/result';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { TelemetryStore } from '../telemetry/telemetry-store.ts';
import type { BatchRange } from './batch-header.ts';
import { decodeBody } from './decode-body.ts';
import { readRecords } from './read-records.ts';

/** Bytes of batches (as they came) that may be under way at the same time. */
const IN_FLIGHT_BYTES = 32 * 1024 * 1024;
const IN_FLIGHT_BATCHES = 64;
/** Batches an agent may send: this many a second, and as many at once after a pause. */
const BATCHES_PER_S = 100;
const BATCHES_BURST = 400;

export type Ingest = {
  /** Reads, checks and stores a batch. Resolves after the durable write. Rejects with AppError for the whole batch. */
  readonly takeBatch: (batch: {
    readonly agentId: string;
    readonly vantage: string;
    readonly range: BatchRange;
    readonly body: Buffer;
    readonly encoding: string | undefined;
  }) => Promise<BatchAnswer>;
};

export function createIngest(parts: {
  readonly store: TelemetryStore;
  readonly isTarget: (targetId: string) => boolean;
  /** Called with every stored batch, in the order of storing. */
  readonly onStored: (records: readonly ResultRecord[]) => void;
  readonly rawRetentionMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): Ingest {
  const { store, isTarget, onStored, rawRetentionMs, clock, metrics } = parts;
  const stored = metrics.counter('ingest_results_total', 'Results taken from agents, by what became of them', ['outcome']);
  const seconds = metrics.histogram('ingest_batch_seconds', 'Time from the whole batch to its durable write');
  const buckets = new Map<string, { tokens: number; atUs: number }>();
  let inFlightBytes = 0;
  let inFlightBatches = 0;

  const takeToken = (agentId: string) => {
    const nowUs = clock.monotonicUs();
    const bucket = buckets.get(agentId) ?? { tokens: BATCHES_BURST, atUs: nowUs };
    const tokens = Math.min(BATCHES_BURST, bucket.tokens + ((nowUs - bucket.atUs) / 1e6) * BATCHES_PER_S);
    if (tokens < 1) throw new AppError('too-many-requests', undefined, { retryAfterS: 1 });
    buckets.set(agentId, { tokens: tokens - 1, atUs: nowUs });
  };

  return {
    async takeBatch({ agentId, vantage, range, body, encoding }) {
      takeToken(agentId);
      if (inFlightBytes + body.length > IN_FLIGHT_BYTES || inFlightBatches >= IN_FLIGHT_BATCHES) {
        metrics.dropped.inc({ reason: 'ingest-busy' });
        throw new AppError('unavailable', undefined, { retryAfterS: 1 });
      }
      inFlightBytes += body.length;
      inFlightBatches += 1;
      const startUs = clock.monotonicUs();
      try {
        const now = clock.wallMs();
        const decoded = await decodeBody(body, encoding);
        const rules = { agentId, vantage, range, now, oldestAt: now - rawRetentionMs, isTarget };
        const { records, refused, refusedCount } = readRecords(decoded, rules);
        if (records.length > 0) {
          const { inserted } = await store.insertResults({ agentId, ...range, records });
          stored.inc({ outcome: 'stored' }, inserted);
          stored.inc({ outcome: 'repeated' }, records.length - inserted);
          onStored(records);
        }
        if (refusedCount > 0) {
          stored.inc({ outcome: 'refused' }, refusedCount);
          metrics.dropped.inc({ reason: 'refused-record' }, refusedCount);
        }
        return { acknowledged: range.last, refused, refusedCount };
      } finally {
        inFlightBytes -= body.length;
        inFlightBatches -= 1;
        seconds.observe((clock.monotonicUs() - startUs) / 1e6);
      }
    },
  };
}
