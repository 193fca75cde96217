import { expect, test } from 'vitest';
import { durationText } from './duration-text.ts';

test('a length of time in the units that suit it', () => {
  const figures = [400, 999_400, 3_440_000, 59_960_000, 302_000_000, 7_380_000_000];
  expect(figures.map(durationText)).toEqual(['0 ms', '999 ms', '3.4 s', '60.0 s', '5 min 2 s', '2 h 3 min']);
});
