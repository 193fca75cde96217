import { expect, test } from 'vitest';
import { lasted, moment } from './moment.ts';

const MINUTE = 60_000;

test.each([
  [-5, '< 1 min'],
  [59_999, '< 1 min'],
  [45 * MINUTE, '45 min'],
  [60 * MINUTE, '1 h'],
  [192 * MINUTE, '3 h 12 min'],
  [(1440 * 12 + 60 * 4 + 9) * MINUTE, '12 d 4 h'],
  [(1440 * 2 + 9) * MINUTE, '2 d'],
])('%i ms are %s', (ms, text) => {
  expect(lasted(ms, 'en').replaceAll('\u00a0', ' ')).toBe(text);
});

test('中文 has its own units', () => {
  expect(lasted(192 * MINUTE, 'zh').replaceAll('\u00a0', ' ')).toBe('3 小时 12 分钟');
});

test('a moment is given in the zone of the browser', () => {
  const at = new Date(2026, 1, 3, 4, 5, 6).getTime();
  expect(moment(at)).toBe('2026-02-03 04:05:06');
  expect(moment(at, false)).toBe('2026-02-03 04:05');
  expect(moment(null)).toBe('–');
});
