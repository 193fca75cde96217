import { expect, test } from 'vitest';
import { formatAxisMs, formatBytes, formatCount, formatMs, formatRatio, formatSpeed, formatUs } from './figures.ts';

test.each([
  [null, '–'],
  [0, '0 ms'],
  [0.42, '0.42 ms'],
  [12.34, '12.3 ms'],
  [99.96, '100 ms'],
  [318.4, '318 ms'],
  [999.6, '1.00 s'],
  [4100, '4.10 s'],
  [12_340, '12.3 s'],
])('%s ms reads %s', (ms, text) => expect(formatMs(ms)).toBe(text));

test.each([
  [1, '100 %'],
  [0, '0 %'],
  [0.5, '50.0 %'],
  [0.999, '99.9 %'],
  [0.99999, '99.999 %'],
  [0.9999, '99.99 %'],
  [0.9999999, '>99.999 %'],
  [null, '–'],
])('a share of %s reads %s', (ratio, text) => expect(formatRatio(ratio)).toBe(text));

test('sizes, speeds, counts', () => {
  expect(formatBytes(812)).toBe('812 B');
  expect(formatBytes(1434)).toBe('1.4 KiB');
  expect(formatBytes(33_554_432)).toBe('32.0 MiB');
  expect(formatSpeed(1434)).toBe('1.4 kB/s');
  expect(formatCount(1_234_567)).toBe('1\u2009234\u2009567');
  expect(formatUs(1500)).toBe('1.5 ms');
  expect(formatAxisMs(60)).toBe('60 ms');
  expect(formatAxisMs(1500)).toBe('1.5 s');
});
