import type { BatchAnswer } from '@watchpost/contracts/agents/agent-wire';
import type { ResultRecord } from '@watchpost/contracts/results/result';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { TelemetryStore } from '../telemetry/telemetry-store.ts';
import type { BatchDoor } from './batch-door.ts';
import type { BatchRange } from './batch-header.ts';
import { readRecords } from './read-records.ts';

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
  readonly door: BatchDoor;
  readonly store: TelemetryStore;
  readonly isTarget: (targetId: string) => boolean;
  /** Called with every stored batch, in the order of storing. */
  readonly onStored: (records: readonly ResultRecord[]) => void;
  readonly rawRetentionMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): Ingest {
  const { door, store, isTarget, onStored, rawRetentionMs, clock, metrics } = parts;
  const stored = metrics.counter('ingest_results_total', 'Results taken from agents, by what became of them', ['outcome']);

  return {
    takeBatch({ agentId, vantage, range, body, encoding }) {
      const now = clock.wallMs();
      const rules = { agentId, vantage, range, now, oldestAt: now - rawRetentionMs, isTarget };
      return door.let(
        { agentId, body, encoding },
        (decoded) => readRecords(decoded, rules),
        async ({ records, refused, refusedCount }) => {
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
        },
      );
    },
  };
}
