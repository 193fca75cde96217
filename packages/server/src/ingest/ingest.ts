import type { BatchAnswer } from '@watchpost/contracts/agents/agent-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { ResultRecord } from '@watchpost/contracts/results/result';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import { createPace } from '../agents/pace.ts';
import type { TelemetryStore } from '../telemetry/telemetry-store.ts';
import type { BatchRange } from './batch-header.ts';
import { decodeBody } from './decode-body.ts';
import { readRecords } from './read-records.ts';

/** Bytes of batches (as they came) that may be under way at the same time. */
const IN_FLIGHT_BYTES = 32 * 1024 * 1024;
const IN_FLIGHT_BATCHES = 64;
/** Of one agent: it sends one after the other, but may try again before the server has given up. */
const IN_FLIGHT_PER_AGENT = 8;
/** Bytes of decoded batches that may wait to be written. */
const DECODED_BYTES = 64 * 1024 * 1024;
/** Batches that are unpacked at the same time: what they grow to is known only afterwards. */
const DECODING = 4;
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
  const pace = createPace({ perS: BATCHES_PER_S, burst: BATCHES_BURST, monotonicUs: clock.monotonicUs });
  const decoding = createGate(DECODING);
  const inFlightOf = new Map<string, number>();
  let decodedBytes = 0;
  let inFlightBytes = 0;
  let inFlightBatches = 0;

  const busy = () => {
    metrics.dropped.inc({ reason: 'ingest-busy' });
    return new AppError('unavailable', undefined, { retryAfterS: 1 });
  };

  return {
    async takeBatch({ agentId, vantage, range, body, encoding }) {
      pace.take(agentId);
      const ofAgent = inFlightOf.get(agentId) ?? 0;
      if (ofAgent >= IN_FLIGHT_PER_AGENT) throw new AppError('too-many-requests', undefined, { retryAfterS: 1 });
      if (inFlightBytes + body.length > IN_FLIGHT_BYTES || inFlightBatches >= IN_FLIGHT_BATCHES) throw busy();
      inFlightOf.set(agentId, ofAgent + 1);
      inFlightBytes += body.length;
      inFlightBatches += 1;
      let taken = 0;
      const startUs = clock.monotonicUs();
      try {
        const now = clock.wallMs();
        const rules = { agentId, vantage, range, now, oldestAt: now - rawRetentionMs, isTarget };
        const { records, refused, refusedCount } = await decoding(async () => {
          const decoded = await decodeBody(body, encoding);
          if (decodedBytes + decoded.length > DECODED_BYTES) throw busy();
          taken = decoded.length;
          decodedBytes += taken;
          return readRecords(decoded, rules);
        });
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
        decodedBytes -= taken;
        const left = (inFlightOf.get(agentId) ?? 1) - 1;
        if (left === 0) inFlightOf.delete(agentId);
        else inFlightOf.set(agentId, left);
        seconds.observe((clock.monotonicUs() - startUs) / 1e6);
      }
    },
  };
}

/** Runs at most `limit` pieces of work at the same time, in the order in which they came. */
function createGate(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The turn goes on to the next one that waits.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
