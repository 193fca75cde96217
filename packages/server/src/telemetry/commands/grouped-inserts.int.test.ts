import { createTempDir } from '@watchpost/testkit/temp-dir';
import { expect, test } from 'vitest';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { makeChain } from '../../testing/commands.ts';
import { openTestStore } from '../store-for-tests.ts';
import { openCommandStore } from './open-command-store.ts';

test('batches of many hosts that come at the same time share one insert', async () => {
  await using stack = new AsyncDisposableStack();
  const dir = await createTempDir('grouped');
  stack.defer(dir.remove);
  const { engine, close } = await openTestStore(dir.path, systemClock);
  stack.defer(close);
  let inserts = 0;
  const counted: typeof engine = {
    ...engine,
    insert: (...args) => {
      inserts += 1;
      return engine.insert(...args);
    },
  };
  const store = openCommandStore({ engine: counted, clock: systemClock });
  const batches = Array.from({ length: 50 }, (_, index) =>
    makeChain({ hostId: `h${index}`, epoch: 1 }, ['ls', 'pwd']).map((command) => ({
      ...command,
      source: 'recorder' as const,
      receivedAt: Date.now(),
    })),
  );
  await Promise.all(batches.map((batch) => store.insert(batch)));
  expect(inserts).toBeLessThanOrEqual(2);
  const numbers = await store.hosts();
  expect(batches.every(([first]) => numbers.get(first?.hostId ?? '')?.records === 2)).toBe(true);
});
