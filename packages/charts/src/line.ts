import type { ChartKind, LineSeries, SeriesResponse } from '@watchpost/contracts/api/quality';
import type { Series } from '@watchpost/contracts/results/outcome';
import { type ChartOptions, MAX_LINES } from './chart-kind.ts';

/** A number of a column; what is missing or not finite is null. */
export function valueAt(column: readonly (number | null)[], index: number): number | null {
  const value = column[index];
  return value === undefined || value === null || !Number.isFinite(value) ? null : value;
}

/** Display name of a line: the vantage point, and the address family when there is a series for each. */
export function lineName(
  line: { readonly vantage: string; readonly series: Series },
  names: ChartOptions['vantageNames'],
): string {
  const name = names?.[line.vantage] ?? line.vantage;
  if (line.series === 'any') return name;
  return `${name} ${line.series === 'v4' ? 'IPv4' : 'IPv6'}`;
}

/** The lines that are drawn: at most {@link MAX_LINES}. */
export function drawnLines(series: SeriesResponse): readonly LineSeries[] {
  return series.lines.slice(0, MAX_LINES);
}

/** Whether a chart of this kind has anything to draw. */
export function hasFigures(kind: ChartKind, series: SeriesResponse): boolean {
  return series.lines.some((line) => {
    const column = { 'response-time': line.totalAvg, percentiles: line.p50, compare: line.totalAvg, speed: line.speedAvg };
    return kind === 'availability'
      ? line.count.some((count) => count > 0)
      : column[kind].some((_, index) => valueAt(column[kind], index) !== null);
  });
}

/** Length of a bucket in ms: up to the start of the next one, or the nominal length at the end. */
export function bucketEnd(series: SeriesResponse, index: number): number {
  const start = series.buckets[index] ?? series.from;
  const next = series.buckets[index + 1];
  const nominal = start + series.bucketS * 1000;
  return next === undefined ? nominal : Math.min(next, nominal + 3_600_000);
}

/** Middle of a bucket, where its mean is drawn; never outside of the range. */
export function bucketMiddle(series: SeriesResponse, index: number): number {
  const start = series.buckets[index] ?? series.from;
  const middle = (start + bucketEnd(series, index)) / 2;
  return Math.min(Math.max(middle, series.from), series.to);
}

/** Index of the bucket that holds a point in time; null when none does. */
export function bucketIndexAt(series: SeriesResponse, atMs: number): number | null {
  let low = 0;
  let high = series.buckets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((series.buckets[middle] ?? 0) <= atMs) low = middle;
    else high = middle - 1;
  }
  const start = series.buckets[low];
  return start === undefined || atMs < start || atMs >= bucketEnd(series, low) ? null : low;
}

/** Counts of the outcomes of one bucket. */
export type OutcomeCounts = { readonly up: number; readonly degraded: number; readonly down: number; readonly unknown: number };

/** `count` holds every result of the bucket, also the unknown ones. */
export function outcomesAt(line: LineSeries, index: number): OutcomeCounts {
  const degraded = line.degraded[index] ?? 0;
  const down = line.down[index] ?? 0;
  const unknown = line.unknown[index] ?? 0;
  return { up: Math.max(0, (line.count[index] ?? 0) - degraded - down - unknown), degraded, down, unknown };
}
