import { expect, test } from 'vitest';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { resultRecord } from '../result-fixtures.ts';
import { deliver, openTestStore, settableClock } from '../store-for-tests.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

test('each tier keeps its rows as long as it is to, late results cannot damage what is left', async () => {
  await using dir = await createTempDir('retention');
  const clock = settableClock(START + 10 * DAY + 1);
  const retention = { raw: 3 * DAY, '1m': 3 * DAY, '5m': 60 * DAY, '30m': 90 * DAY, '1d': null };
  const store = await openTestStore(dir.path, clock, { retention: { ...retention, raw: 30 * DAY, '1m': 30 * DAY } });
  const days = Array.from({ length: 10 }, (_, day) => resultRecord({ sequence: day + 1, roundAt: START + day * DAY + DAY / 2 }));
  expect(await deliver(store, days)).toEqual({ inserted: 10 });
  await store.rollUp();
  await store.close();

  await using again = {
    store: await openTestStore(dir.path, clock, { retention }),
    [Symbol.asyncDispose]: () => again.store.close(),
  };
  const rows = async (table: string): Promise<number> =>
    (
      await again.store.engine.rows<{ n: number }>(`SELECT count() AS n FROM ${table} FINAL`.replace('results FINAL', 'results'))
    )[0]?.n ?? -1;
  await again.store.enforceRetention(clock.wallMs());
  expect([await rows('results'), await rows('results_1m'), await rows('results_5m'), await rows('results_1d')]).toEqual([
    3, 3, 10, 10,
  ]);

  // The day that was dropped last, and one that may be dropped next: their buckets must stay as they are.
  const late = [
    resultRecord({ sequence: 101, roundAt: START + 6 * DAY + DAY / 2 }),
    resultRecord({ sequence: 102, roundAt: START + 7 * DAY + DAY / 2 }),
  ];
  expect(await deliver(again.store, late)).toEqual({ inserted: 0 });
  const inTime = resultRecord({ sequence: 103, roundAt: START + 8 * DAY + DAY / 2 });
  expect(await deliver(again.store, [inTime])).toEqual({ inserted: 1 });
  await again.store.rollUp();
  const buckets = await again.store.engine.rows<{ n: number }>('SELECT up AS n FROM results_1d FINAL ORDER BY bucket');
  expect(buckets.map(({ n }) => n)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2, 1]);

  // A clock that goes back does not open the dropped days again.
  clock.set(START + 5 * DAY);
  expect(await deliver(again.store, [resultRecord({ sequence: 104, roundAt: START + 5 * DAY })])).toEqual({ inserted: 0 });

  await again.store.enforceRetention(START + 130 * DAY);
  expect([
    await rows('results'),
    await rows('results_1m'),
    await rows('results_5m'),
    await rows('results_30m'),
    await rows('results_1d'),
  ]).toEqual([0, 0, 0, 0, 10]);
});

test('a retention that would lose data between the tiers is refused', async () => {
  await using dir = await createTempDir('retention');
  await expect(
    openTestStore(dir.path, settableClock(START), { retention: { raw: 500 * DAY, '5m': 400 * DAY } }),
  ).rejects.toMatchObject({
    code: 'bad-config',
    issues: [{ field: 'retention.5m' }],
  });
});
