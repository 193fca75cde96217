import { RANGES } from '@watchpost/contracts/api/quality';
import { expect, test } from 'vitest';
import { parseRangeSearch, RANGE_SECONDS, rangeOf } from './range.ts';

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
