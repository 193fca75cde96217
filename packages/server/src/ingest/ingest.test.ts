import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { expect, it } from 'vitest';
import type { TelemetryStore } from '../telemetry/telemetry-store.ts';
import { makeRecord, ndjson } from '../testing/results.ts';
import { createBatchDoor } from './batch-door.ts';
import { createIngest } from './ingest.ts';

/** A store whose writes end when the test says so: stands for a disk that does not keep up. */
function slowStore() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const insertResults: TelemetryStore['insertResults'] = async ({ records }) => {
    await promise;
    return { inserted: records.length };
  };
  return { store: { insertResults } as TelemetryStore, finish: resolve };
}

function ingestOf(store: TelemetryStore) {
  let us = 0;
  const clock = { wallMs: () => Date.now(), monotonicUs: () => us };
  const options = {
    store,
    isTarget: () => true,
    onStored: () => undefined,
    rawRetentionMs: 86_400_000,
    clock,
    metrics: createMetrics({ processMetrics: false }),
  };
  return {
    ingest: createIngest({ ...options, door: createBatchDoor(options) }),
    advance: (seconds: number) => (us += seconds * 1e6),
  };
}
const batch = (agentId: string, size = 0) => ({
  agentId,
  vantage: 'ct',
  range: { epoch: 1, first: 1, last: 1 },
  encoding: undefined,
  body: Buffer.from(ndjson([makeRecord(1, { agentId })]) + ' '.repeat(size)),
});

it('says 503 with a time to wait when too much is under way, and takes it later', async () => {
  const { store, finish } = slowStore();
  const { ingest } = ingestOf(store);
  const large = Array.from({ length: 4 }, (_, index) => ingest.takeBatch(batch(`a${index}`, 7_900_000)));
  await expect(ingest.takeBatch(batch('b', 7_900_000))).rejects.toMatchObject({ code: 'unavailable', retryAfterS: 1 });
  finish();
  expect((await Promise.all(large)).map((answer) => answer.acknowledged)).toEqual([1, 1, 1, 1]);
  await expect(ingest.takeBatch(batch('b', 7_900_000))).resolves.toMatchObject({ acknowledged: 1 });
});

it('slows down one agent that sends too much, and no other', async () => {
  const { store, finish } = slowStore();
  finish();
  const { ingest, advance } = ingestOf(store);
  for (let count = 0; count < 400; count++) await ingest.takeBatch(batch('loud'));
  await expect(ingest.takeBatch(batch('loud'))).rejects.toMatchObject({ code: 'too-many-requests', retryAfterS: 1 });
  await expect(ingest.takeBatch(batch('quiet'))).resolves.toMatchObject({ acknowledged: 1 });
  advance(1);
  await expect(ingest.takeBatch(batch('loud'))).resolves.toMatchObject({ acknowledged: 1 });
});

it('does not acknowledge what the store could not write', async () => {
  const store = { insertResults: () => Promise.reject(new Error('disk full')) } as unknown as TelemetryStore;
  await expect(ingestOf(store).ingest.takeBatch(batch('a'))).rejects.toThrow('disk full');
});
