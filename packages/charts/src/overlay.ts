import type { SeriesResponse } from '@watchpost/contracts/api/quality';
import { alarmLine, type ChartSeries, gapAreas, lonelySymbols, type Panel } from './chart-option.ts';
import type { ChartOptions } from './chart-kind.ts';
import { formatAxisMs, formatSpeed } from './figures.ts';
import { bucketMiddle, drawnLines, lineName, valueAt } from './line.ts';
import { lineColor } from './palette.ts';

const DASHES = ['solid', 'dashed', 'dotted'] as const;
const COLORS = 8;

/** All lines over each other: mean response time (`compare`) or mean download speed (`speed`). Not by colour alone: from the ninth line on dashed. */
export function overlay(
  kind: 'compare' | 'speed',
  series: SeriesResponse,
  options: ChartOptions,
): { readonly panels: readonly Panel[]; readonly series: readonly ChartSeries[] } {
  const lines = drawnLines(series);
  const drawn = lines.map((line, order): ChartSeries => {
    const column = kind === 'compare' ? line.totalAvg : line.speedAvg;
    const data = series.buckets.map((_, index): [number, number | null] => [bucketMiddle(series, index), valueAt(column, index)]);
    const color = lineColor(line.vantage, order, options);
    return {
      name: lineName(line, options.vantageNames),
      type: 'line',
      color,
      lineStyle: {
        width: 1.5,
        color,
        type: line.series === 'v6' ? 'dashed' : (DASHES[Math.floor(order / COLORS) % DASHES.length] ?? 'solid'),
      },
      emphasis: { disabled: true },
      silent: true,
      ...lonelySymbols(data),
      ...(order === 0
        ? {
            ...(kind === 'compare' ? alarmLine(options) : {}),
            ...gapAreas(
              series,
              options,
              lines.map((each) => each.vantage),
            ),
          }
        : {}),
      data,
    };
  });
  return { panels: [{ heading: null, yFormat: kind === 'compare' ? formatAxisMs : formatSpeed }], series: drawn };
}
