import { expect, test } from 'vitest';
import { failurePath, sparkPath } from './spark-path.ts';

test('an empty slot is a gap', () => {
  expect(sparkPath([1, 1, null, 1, 1], 40, 10, 1)).toBe('M0.0 2.0L10.0 2.0M30.0 2.0L40.0 2.0');
});

test('a run of empty slots shorter than the time between two measurements is no gap', () => {
  expect(sparkPath([1, null, 1, null, null, 1], 50, 10, 2)).toBe('M0.0 2.0L20.0 2.0M50.0 2.0h1.5');
});

test('the highest value is at the top, zero at the bottom', () => {
  expect(sparkPath([0, 8], 10, 10, 1)).toBe('M0.0 8.0L10.0 2.0');
  expect(sparkPath([null, null], 10, 10, 1)).toBe('');
});

test('a failure lasts until the next measurement', () => {
  expect(failurePath([0, 1, null, 0.5, 0], 50, 9, 2)).toBe('M10.0 9h20.0M30.0 9h10.0');
  expect(failurePath([1, null, null], 30, 9, 1)).toBe('M0.0 9h10.0');
});
