import { expect, test } from 'vitest';
import { formatMoment, formatTick, fromWall, timeTicks, toWall } from './time-zone.ts';

const DAY_MS = 86_400_000;

test('wall clocks and back, also around a change of the clock', () => {
  const zone = 'Europe/Berlin';
  for (const at of ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', '2026-07-01T10:00:00Z', '2026-10-25T02:30:00Z'].map(
    Date.parse,
  )) {
    expect(fromWall(toWall(at, zone), zone)).toBe(at);
  }
  expect(formatMoment(Date.parse('2026-07-01T10:00:00Z'), zone)).toBe('2026-07-01 12:00');
});

test('an unknown zone is drawn in UTC', () => {
  expect(formatMoment(0, 'Nowhere/Town', true)).toBe('1970-01-01 00:00:00');
});

test('ticks of days stand at the midnights of the zone, though a day has 23 hours', () => {
  const zone = 'Europe/Berlin';
  const from = Date.parse('2026-03-26T12:00:00Z');
  const ticks = timeTicks(from, from + 7 * DAY_MS, zone, 8);
  expect(ticks.map((tick) => formatMoment(tick, zone).slice(11))).toEqual(ticks.map(() => '00:00'));
  expect(ticks).toHaveLength(7);
});

test.each([10_800_000, DAY_MS, 7 * DAY_MS, 31 * DAY_MS, 366 * DAY_MS, 4000 * DAY_MS])(
  'a range of %s ms has some ticks and not too many',
  (span) => {
    const from = Date.parse('2026-02-03T04:05:06Z');
    const ticks = timeTicks(from, from + span, 'Asia/Shanghai', 12);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThanOrEqual(14);
    expect(ticks.every((tick) => tick >= from && tick <= from + span)).toBe(true);
    expect(ticks.toSorted((a, b) => a - b)).toEqual(ticks);
    expect(new Set(ticks.map((tick) => formatTick(tick, 'Asia/Shanghai', span))).size).toBe(ticks.length);
  },
);
