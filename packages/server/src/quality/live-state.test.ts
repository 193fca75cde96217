import { targetSchema } from '@watchpost/contracts/targets/target';
import { array, assert, boolean, integer, property, record as recordOf } from 'fast-check';
import { expect, it } from 'vitest';
import { makeRecord } from '../testing/results.ts';
import { createLiveState } from './live-state.ts';

const target = targetSchema.parse({
  id: 'shop',
  name: 'Shop',
  check: { kind: 'http', url: 'http://shop.example/' },
  vantages: ['ct'],
  intervalS: 10,
  source: 'page',
  createdAt: 0,
  updatedAt: 0,
});
const at = (roundAt: number, outcome: 'up' | 'down') => makeRecord(1, { roundAt, outcome });
const stateAt = (live: ReturnType<typeof createLiveState>, now: number) => live.lineState(target, 'ct', 'any', now);

it('keeps the newest result and since when its outcome is what it is', () => {
  const live = createLiveState([]);
  expect(stateAt(live, 0)).toMatchObject({ outcome: 'unknown', since: null, lastAt: null });
  live.take([at(10_000, 'up'), at(20_000, 'up')]);
  expect(stateAt(live, 25_000)).toMatchObject({ outcome: 'up', since: 10_000, lastAt: 20_000 });
  expect(live.take([at(30_000, 'down')])).toHaveLength(1);
  expect(stateAt(live, 30_000)).toMatchObject({ outcome: 'down', since: 30_000 });
  expect(live.take([at(15_000, 'up')])).toEqual([]);
  expect(stateAt(live, 30_000)).toMatchObject({ outcome: 'down' });
});

it('does not know a line that was silent for three intervals', () => {
  const live = createLiveState([]);
  live.take([at(100_000, 'up')]);
  expect(stateAt(live, 130_000)).toMatchObject({ outcome: 'up' });
  expect(stateAt(live, 130_001)).toMatchObject({ outcome: 'unknown', since: 130_000, lastAt: 100_000 });
});

it('ends with the newest result in whatever order they come, and however often', () => {
  const rounds = array(recordOf({ at: integer({ min: 1, max: 50 }), twice: boolean() }), { minLength: 1 });
  assert(
    property(rounds, (list) => {
      const live = createLiveState([]);
      for (const round of list) {
        const record = at(round.at * 1000, round.at % 2 === 0 ? 'up' : 'down');
        live.take(round.twice ? [record, record] : [record]);
      }
      const newest = Math.max(...list.map((round) => round.at));
      expect(stateAt(live, newest * 1000)).toMatchObject({ lastAt: newest * 1000, outcome: newest % 2 === 0 ? 'up' : 'down' });
    }),
  );
});

it('forgets a removed target', () => {
  const live = createLiveState([]);
  live.take([at(1, 'up')]);
  live.forgetTarget('shop');
  expect(stateAt(live, 1)).toMatchObject({ lastAt: null });
});
