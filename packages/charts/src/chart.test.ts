import { CHART_PHASE_KEYS } from '@watchpost/contracts/results/phase-keys';
import { chartKindSchema } from '@watchpost/contracts/api/quality';
import { describe, expect, test } from 'vitest';
import { chartOption } from './chart.ts';
import { CHART_KINDS, CHART_PHASES, type ChartOptions } from './chart-kind.ts';
import { CHART_TEXTS } from './chart-texts.ts';
import { chartTable, chartTooltip } from './chart-tooltip.ts';
import { drawSvg } from './draw.ts';
import { legendTable } from './legend-table.ts';
import { bucketIndexAt, hasFigures } from './line.ts';
import { lineForTests, seriesForTests } from './series-for-tests.ts';
import { axisStep, sharedMaximum } from './shared-scale.ts';

const OPTIONS: ChartOptions = { width: 960, height: 320, theme: 'light', lang: 'en' };
const GAPS = [3, 4];
const one = seriesForTests([lineForTests('ct', 12, GAPS)], 12);
const two = seriesForTests([lineForTests('ct', 12, GAPS), lineForTests('cnc', 12)], 12);

test('the kinds and phases are those of the contract', () => {
  expect(CHART_KINDS).toEqual(chartKindSchema.options);
  expect(CHART_PHASES).toEqual(CHART_PHASE_KEYS);
});

describe('response time by phase', () => {
  test('the stack adds up to the mean total in every bucket', () => {
    const { series } = chartOption('response-time', one, OPTIONS);
    one.buckets.forEach((_, index) => {
      const total = one.lines[0]!.totalAvg[index]!;
      const values = series.map((each) => each.data[index]![1]);
      if (GAPS.includes(index)) expect(values.every((value) => value === null)).toBe(true);
      else expect(values.reduce<number>((sum, value) => sum + value!, 0)).toBeCloseTo(total, 9);
    });
    expect(new Set(series.map((each) => each.stack)).size).toBe(1);
  });

  test('a phase that never happened is not drawn', () => {
    const names = chartOption('response-time', one, OPTIONS).series.map((each) => each.name);
    expect(names).not.toContain(CHART_TEXTS.en.phases.tlsUs);
    expect(names).toContain(CHART_TEXTS.en.phases.dnsUs);
  });

  test('each line has a panel and a stack of its own, on one scale', () => {
    const { series, yAxis } = chartOption('response-time', two, OPTIONS) as ReturnType<typeof chartOption> & {
      yAxis: { max: number }[];
    };
    expect(new Set(series.map((each) => each.stack)).size).toBe(2);
    expect(yAxis).toHaveLength(2);
    expect(yAxis[0]!.max).toBe(sharedMaximum('response-time', two, null));
  });
});

test('percentile bands stand on each other and end at the largest', () => {
  const bands = chartOption('percentiles', one, OPTIONS).series.filter((each) => each.stack !== undefined);
  one.buckets.forEach((_, index) => {
    const steps = bands.map((band) => band.data[index]![1]);
    if (GAPS.includes(index)) expect(steps.every((step) => step === null)).toBe(true);
    else {
      expect(steps.every((step) => step! >= 0)).toBe(true);
      expect(steps.reduce<number>((sum, step) => sum + step!, 0)).toBeCloseTo(one.lines[0]!.totalMax[index]!, 9);
    }
  });
});

test('the labels of an axis stand evenly, whatever its end', () => {
  for (let highest = 0.011; highest < 90_000; highest *= 1.07) {
    const line = { ...lineForTests('ct', 1), totalAvg: [highest] };
    const end = sharedMaximum('response-time', seriesForTests([line], 1), null)!;
    expect(end).toBeGreaterThanOrEqual(highest);
    for (const isLow of [true, false]) {
      const steps = end / axisStep(end, isLow)!;
      expect(steps).toBeCloseTo(Math.round(steps), 9);
      expect(Math.round(steps)).toBeLessThanOrEqual(isLow ? 3 : 5);
    }
  }
  expect(axisStep(1, false)).toBe(0.25);
  expect(axisStep(7, false)).toBeUndefined();
  const svg = drawSvg('availability', one, OPTIONS);
  expect(['0 %', '25 %', '50 %', '75 %', '100 %'].filter((label) => !svg.includes(`>${label}<`))).toEqual([]);
});

test('each band of the percentiles has its own colour in the legend, as it is drawn', () => {
  const { rows } = legendTable('percentiles', one, OPTIONS);
  expect(new Set(rows.map(({ color }) => color)).size).toBe(rows.length);
  const { legend, series } = chartOption('percentiles', one, { ...OPTIONS, width: 500 }) as ReturnType<typeof chartOption> & {
    legend: { data: string[] };
  };
  const colors = legend.data.map((name) => series.find((each) => each.name === name)!['color']);
  expect(colors.every((color) => typeof color === 'string')).toBe(true);
  expect(new Set(colors).size).toBe(legend.data.length);
});

test.each(CHART_KINDS)('%s has figures only where it draws some', (kind) => {
  expect(hasFigures(kind, one)).toBe(true);
  const failed = { ...one.lines[0]!, count: one.lines[0]!.count.map(() => 1) };
  const nothing = one.buckets.map(() => null);
  const noTimes = { ...failed, totalAvg: nothing, p50: nothing, speedAvg: nothing };
  expect(hasFigures(kind, seriesForTests([noTimes], 12))).toBe(kind === 'availability');
});

test('percentiles that a sketch puts beyond the extremes do not cross', () => {
  const line = lineForTests('ct', 3);
  const odd = { ...line, totalMin: line.p50.map((value) => value! + 1), p99: line.p95.map((value) => value! - 1) };
  const { series } = chartOption('percentiles', seriesForTests([odd], 3), OPTIONS);
  expect(series.flatMap((each) => each.data).every(([, value]) => value! >= 0)).toBe(true);
});

test.each(['compare', 'speed'] as const)('%s draws a line for each vantage point, with gaps', (kind) => {
  const { series } = chartOption(kind, two, { ...OPTIONS, vantageNames: { ct: 'Telecom' } });
  expect(series.map((each) => each.name)).toEqual(['Telecom', 'cnc']);
  expect(series[0]!.data.filter(([, value]) => value === null)).toHaveLength(GAPS.length);
  expect(series[1]!.data.every(([, value]) => value !== null)).toBe(true);
});

test('availability: shares add up to one, and no data is nothing at all', () => {
  const { series } = chartOption('availability', one, OPTIONS);
  const [first] = series;
  first!.data.forEach((_, index) => {
    const values = series.map((each) => each.data[index]![1]);
    if (first!.data[index]![1] === null) expect(values.every((value) => value === null)).toBe(true);
    else expect(values.reduce<number>((sum, value) => sum + value!, 0)).toBeCloseTo(1, 9);
  });
  expect(first!.data.some(([, value]) => value === null)).toBe(true);
  const gapStart = one.buckets[3]!;
  const before = first!.data.filter(([at, value]) => at === gapStart && value !== null);
  expect(before).toHaveLength(1);
});

describe('tooltip, table and legend', () => {
  test('a point in time finds its bucket, and none outside', () => {
    expect(bucketIndexAt(one, one.buckets[5]! + 1)).toBe(5);
    expect(bucketIndexAt(one, one.from - 1)).toBeNull();
    expect(bucketIndexAt(one, one.to + 3_600_000)).toBeNull();
  });
  test('the tooltip names bucket and total', () => {
    const tooltip = chartTooltip('response-time', one, OPTIONS, 0);
    expect(tooltip.heading).toBe('2026-11-22 00:00 – 01:00');
    expect(tooltip.rows.find((row) => row.label === 'Total')?.value).toBe('28.5 ms');
  });
  test('the table leaves out buckets without data and keeps its limit', () => {
    expect(chartTable('response-time', one, OPTIONS, 100).rows).toHaveLength(10);
    const short = chartTable('compare', two, OPTIONS, 4);
    expect(short.rows).toHaveLength(4);
    expect(short.rows.every((row) => row.length === short.columns.length)).toBe(true);
  });
  test("the server's figures come before those of the buckets", () => {
    const line = { ...lineForTests('ct', 3), legend: { totalUs: { last: 1, avg: 2, max: 3, min: 0.5 } } };
    const { rows } = legendTable('response-time', seriesForTests([line], 3), OPTIONS);
    expect(rows.at(-1)?.values).toEqual(['1.0 ms', '2.0 ms', '3.0 ms', '0.50 ms']);
  });
});

describe('pictures', () => {
  test.each(CHART_KINDS)('%s is SVG without script or outside references', (kind) => {
    const svg = drawSvg(kind, two, { ...OPTIONS, title: 'Shop', alarmMs: 50, lang: 'zh', theme: 'dark' });
    expect(svg).toMatch(/^<svg [^>]*width="960"[^>]*height="320"/);
    expect(svg.trimEnd()).toMatch(/<\/svg>$/);
    expect(svg).not.toMatch(/<script|javascript:|onload=|href="http|<foreignObject/i);
    expect(svg).not.toMatch(/NaN|undefined/);
    expect(svg).toContain(CHART_TEXTS.zh.kinds[kind]);
  });
  test('texts are escaped', () => {
    const svg = drawSvg('compare', two, {
      ...OPTIONS,
      title: '<script>alert(1)</script>&"',
      vantageNames: { ct: '<img src=x onerror=1>' },
    });
    expect(svg).not.toMatch(/<script|<img/i);
    expect(svg).toContain('&lt;script');
  });
  test('no data says so', () => {
    expect(drawSvg('response-time', { ...one, lines: [], buckets: [] }, OPTIONS)).toContain(CHART_TEXTS.en.noData);
  });
});
