import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { DEFAULT_RETENTION } from '../rollups/tiers.ts';
import { BUCKET_STEPS, bucketEdges } from './buckets.ts';
import { chooseTier } from './choose-tier.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const stepOf = (seconds: number) => BUCKET_STEPS.find((step) => step.seconds === seconds)!;
const lengths = (edges: readonly number[] | null): number[] =>
  (edges ?? []).slice(1).map((edge, index) => (edge - (edges?.[index] ?? 0)) / HOUR);

describe('edges of buckets', () => {
  test('a day has 23 hours when summer time begins and 25 when it ends', () => {
    const spring = { from: Date.UTC(2026, 2, 27, 23), to: Date.UTC(2026, 2, 30, 22) };
    expect(lengths(bucketEdges(stepOf(86_400), spring, 'Europe/Berlin', 10))).toEqual([24, 23, 24]);
    const autumn = { from: Date.UTC(2026, 9, 23, 22), to: Date.UTC(2026, 9, 26, 23) };
    expect(lengths(bucketEdges(stepOf(86_400), autumn, 'Europe/Berlin', 10))).toEqual([24, 25, 24]);
    expect(
      lengths(
        bucketEdges(stepOf(3_600), { from: Date.UTC(2026, 9, 24, 22), to: Date.UTC(2026, 9, 25, 23) }, 'Europe/Berlin', 30),
      ),
    ).toEqual(Array(25).fill(1));
  });

  test('half days are the same in every zone, also when summer time ends', () => {
    const range = { from: Date.UTC(2026, 9, 24, 22), to: Date.UTC(2026, 9, 25, 23) };
    for (const tz of ['UTC', 'Europe/Berlin', 'Asia/Shanghai', 'Asia/Kathmandu']) {
      const edges = bucketEdges(stepOf(43_200), range, tz, 30) ?? [];
      expect(new Date(edges[0] ?? 0).toISOString()).toBe('2026-10-24T12:00:00.000Z');
      expect(lengths(edges)).toEqual([12, 12, 12]);
    }
  });

  test('days are those of the calendar, wherever the clock changes', () => {
    const zones = [
      'UTC',
      'Asia/Shanghai',
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'America/Havana',
    ];
    for (const tz of zones) {
      const range = { from: Date.UTC(2024, 0, 5, 13), to: Date.UTC(2026, 6, 1, 13) };
      const edges = bucketEdges(stepOf(86_400), range, tz, 1_000) ?? [];
      const first = Temporal.Instant.fromEpochMilliseconds(range.from).toZonedDateTimeISO(tz).toPlainDate();
      expect(edges).toEqual(edges.map((_, days) => first.add({ days }).toZonedDateTime(tz).epochMilliseconds));
    }
  });

  test('hours begin where they begin in zones of half and three quarter hours', () => {
    const edges =
      bucketEdges(stepOf(3_600), { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 1, 3) }, 'Asia/Kathmandu', 10) ?? [];
    expect(new Date(edges[0] ?? 0).toISOString()).toBe('2025-12-31T23:15:00.000Z');
  });

  test('weeks begin on Monday and months on their first day', () => {
    const range = { from: Date.UTC(2026, 5, 3, 12), to: Date.UTC(2026, 6, 20) };
    expect(new Date((bucketEdges(stepOf(7 * 86_400), range, 'UTC', 10) ?? [])[0] ?? 0).toISOString()).toBe(
      '2026-06-01T00:00:00.000Z',
    );
    expect(
      (bucketEdges(stepOf(30 * 86_400), range, 'UTC', 10) ?? []).map((edge) => new Date(edge).toISOString().slice(0, 10)),
    ).toEqual(['2026-06-01', '2026-07-01', '2026-08-01']);
  });

  test('for any range and zone: ascending, covering, never too many, and exact for the chosen tier', () => {
    const zones = [
      'UTC',
      'Asia/Shanghai',
      'Asia/Kolkata',
      'Asia/Kathmandu',
      'America/New_York',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'America/St_Johns',
    ];
    const now = Date.UTC(2026, 10, 22);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 * 24 * 60 }),
        fc.integer({ min: 0, max: 300 * 24 * 60 }),
        fc.integer({ min: 10, max: 4_000 }),
        fc.constantFrom(...zones),
        fc.constantFrom(5, 10, 60, 300, 3_600),
        (minutes, ago, maxPoints, tz, intervalS) => {
          const to = now - ago * 60_000;
          const from = to - minutes * 60_000;
          const { edges, tier } = chooseTier({
            from,
            to,
            tz,
            maxPoints,
            intervalS,
            firstAt: null,
            now,
            retention: DEFAULT_RETENTION,
          });
          expect(edges.length - 1).toBeLessThanOrEqual(maxPoints);
          expect(edges.length).toBeGreaterThan(1);
          expect(edges[0]).toBeLessThanOrEqual(from);
          expect(edges.at(-1)).toBeGreaterThanOrEqual(to);
          for (let index = 1; index < edges.length; index += 1)
            expect(edges[index]! - edges[index - 1]!).toBeGreaterThanOrEqual(intervalS * 1_000 * 0.95);
          if (tier === 'raw') expect(from).toBeGreaterThanOrEqual(now - 30 * DAY);
          else expect(edges.every((edge) => edge % (tier.seconds * 1_000) === 0)).toBe(true);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });

  test('a range of three hours with room for 800 points has a bucket for each minute', () => {
    const to = Date.UTC(2026, 10, 22, 12, 0, 30);
    const choice = chooseTier({
      from: to - 3 * HOUR,
      to,
      tz: 'Asia/Shanghai',
      maxPoints: 800,
      intervalS: 60,
      firstAt: null,
      now: to,
      retention: DEFAULT_RETENTION,
    });
    expect(choice).toMatchObject({ bucketS: 60, tier: { name: '1m' } });
    expect(choice.edges).toHaveLength(182);
  });

  test('a year is read from a coarse tier, and what is older than the fine tiers from days', () => {
    const to = Date.UTC(2026, 10, 22);
    const query = {
      to,
      tz: 'Asia/Shanghai',
      maxPoints: 800,
      intervalS: 60,
      firstAt: null,
      now: to,
      retention: DEFAULT_RETENTION,
    };
    expect(chooseTier({ ...query, from: to - 366 * DAY })).toMatchObject({ bucketS: 43_200, tier: { name: '12h' } });
    expect(chooseTier({ ...query, tz: 'Asia/Kathmandu', from: to - 366 * DAY })).toMatchObject({ tier: { name: '12h' } });
    expect(chooseTier({ ...query, from: to - 3_000 * DAY })).toMatchObject({ tier: { name: '1d' } });
    expect(chooseTier({ ...query, from: 0, firstAt: to - DAY })).toMatchObject({ tier: { name: '1h' } });
  });
});
