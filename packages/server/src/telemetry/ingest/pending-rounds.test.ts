import { describe, expect, test } from 'vitest';
import { createPendingRounds } from './pending-rounds.ts';

describe('pending rounds', () => {
  test('nothing is pending in an empty store', () => {
    expect(createPendingRounds(0).extent()).toBeNull();
  });

  test('what was there before the start may lie anywhere until the rollups have passed it', () => {
    const pending = createPendingRounds(500);
    expect(pending.extent()).toEqual({ since: 500, from: -Infinity, to: Infinity });
    pending.note(600, 10, 20);
    pending.forget(499);
    expect(pending.extent()?.from).toBe(-Infinity);
    pending.forget(500);
    expect(pending.extent()).toEqual({ since: 600, from: 10, to: 20 });
    pending.forget(600);
    expect(pending.extent()).toBeNull();
  });

  test('the extent holds every round that was noted, however many', () => {
    const pending = createPendingRounds(0);
    for (let n = 1; n <= 5_000; n += 1) pending.note(n, 10_000 - n, 10_000 + n);
    pending.forget(10);
    expect(pending.extent()).toMatchObject({ from: 5_000, to: 15_001 - 1 });
    pending.forget(5_000);
    expect(pending.extent()).toBeNull();
  });
});
