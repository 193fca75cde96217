import { expect, test } from 'vitest';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { resultRecord } from '../result-fixtures.ts';
import { deliver, openTestStore, settableClock } from '../store-for-tests.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const DAYS = 20;

test('weeks that come at once leave the tier of a year in one part', async () => {
  await using dir = await createTempDir('backlog');
  await using opened = {
    store: await openTestStore(dir.path, settableClock(START + DAYS * DAY)),
    [Symbol.asyncDispose]: () => opened.store.close(),
  };
  const { store } = opened;
  const records = Array.from({ length: DAYS }, (_, day) => resultRecord({ sequence: day + 1, roundAt: START + day * DAY }));
  // The engine itself is to merge nothing meanwhile.
  await store.engine.command('ALTER TABLE results_12h MODIFY SETTING merge_selector_base = 1000');
  await deliver(store, records);
  await store.rollUp();
  const parts = await store.engine.rows<{ rows: number }>(
    `SELECT rows FROM system.parts WHERE active AND database = currentDatabase() AND table = 'results_12h'`,
  );
  expect(parts).toEqual([{ rows: DAYS }]);
});
