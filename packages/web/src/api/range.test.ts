import { RANGES } from '@watchpost/contracts/api/quality';
import { expect, test } from 'vitest';
import { parseRangeSearch, RANGE_SECONDS, rangeOf, zoomed } from './range.ts';

test('the ranges are those of the contract', () => {
  expect(RANGE_SECONDS).toEqual(RANGES);
});

test('a range of the address is read; what makes no sense is left out', () => {
  expect(parseRangeSearch({ range: 'week' })).toEqual({ range: 'week' });
  expect(parseRangeSearch({ from: '1000000', to: 9_000_000 })).toEqual({ from: 1_000_000, to: 9_000_000 });
  expect(parseRangeSearch({ from: 9_000_000, to: 1_000_000 })).toEqual({});
  expect(parseRangeSearch({ from: 'x', to: 'y', range: 'decade' })).toEqual({});
  expect(rangeOf({})).toEqual({ range: '3h' });
});

const HOUR = 3_600_000;

test.each([
  ['in', 11 * HOUR, 13 * HOUR],
  ['out', 8 * HOUR, 16 * HOUR],
  ['earlier', 8 * HOUR, 12 * HOUR],
  ['later', 12 * HOUR, 16 * HOUR],
] as const)('zooming %s', (step, from, to) => {
  expect(zoomed(10 * HOUR, 14 * HOUR, step, 100 * HOUR)).toEqual({ from, to });
});

test('zooming never leads past now, nor below a minute', () => {
  expect(zoomed(10 * HOUR, 14 * HOUR, 'later', 14 * HOUR)).toEqual({ from: 10 * HOUR, to: 14 * HOUR });
  expect(zoomed(10 * HOUR, 14 * HOUR, 'out', 14 * HOUR)).toEqual({ from: 6 * HOUR, to: 14 * HOUR });
  expect(zoomed(HOUR, HOUR + 60_000, 'in', 2 * HOUR)).toEqual({ from: HOUR, to: HOUR + 60_000 });
  expect(zoomed(0, HOUR, 'earlier', 2 * HOUR)).toEqual({ from: 0, to: HOUR });
});
