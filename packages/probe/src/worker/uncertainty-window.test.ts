import { expect, it } from 'vitest';
import { createUncertaintyWindow } from './uncertainty-window.ts';

it('gives the 99th percentile of the last minute', () => {
  const window = createUncertaintyWindow();
  expect(window.p99Us(0)).toBeNull();
  for (let index = 1; index <= 100; index++) window.add(101 - index, index * 500);
  expect(window.p99Us(50_000)).toBe(99);
  window.add(7, 130_000);
  expect(window.p99Us(130_000)).toBe(7);
  expect(window.p99Us(300_000)).toBeNull();
});

it('keeps the newest when there are too many', () => {
  const window = createUncertaintyWindow();
  for (let index = 0; index < 5_000; index++) window.add(1_000_000, 1_000);
  for (let index = 0; index < 1_000; index++) window.add(5, 2_000);
  expect(window.p99Us(2_000)).toBe(5);
});
