import type { LineSeries, SeriesResponse } from '@watchpost/contracts/api/quality';
import type { Outcome } from '@watchpost/contracts/results/outcome';
import { type ChartSeries, gapAreas, type Panel, paletteOf } from './chart-option.ts';
import { type ChartOptions, MAX_PANELS } from './chart-kind.ts';
import { CHART_TEXTS } from './chart-texts.ts';
import { formatRatio } from './figures.ts';
import { bucketEnd, lineName, outcomesAt } from './line.ts';

/** From the bottom of the strip: what is worst stands on the axis, where it is seen first. */
const ORDER = ['down', 'degraded', 'unknown', 'up'] as const satisfies readonly Outcome[];

/**
 * How the results of each bucket divide into down, degraded, unknown and up, a strip for each line. Nothing is drawn
 * where there are no results: no data is neither up nor down.
 */
export function availability(
  series: SeriesResponse,
  options: ChartOptions,
): { readonly panels: readonly Panel[]; readonly series: readonly ChartSeries[] } {
  const palette = paletteOf(options);
  const texts = CHART_TEXTS[options.lang];
  const lines = series.lines.slice(0, MAX_PANELS);
  const drawn = lines.flatMap((line, panel) =>
    ORDER.map((outcome, order): ChartSeries => ({
      name: texts[outcome],
      type: 'line',
      step: 'end',
      stack: `${line.vantage}/${line.series}`,
      xAxisIndex: panel,
      yAxisIndex: panel,
      color: palette.outcomes[outcome],
      lineStyle: { width: 0 },
      // The pattern tells the outcomes apart without colour.
      areaStyle: {
        color: palette.outcomes[outcome],
        opacity: outcome === 'up' ? 0.55 : 0.95,
        ...(outcome === 'unknown'
          ? {
              decal: {
                symbol: 'rect',
                dashArrayX: [1, 0],
                dashArrayY: [2, 3],
                rotation: -Math.PI / 4,
                color: palette.background,
              },
            }
          : {}),
      },
      showSymbol: false,
      silent: true,
      emphasis: { disabled: true },
      ...(order === 0 ? gapAreas(series, options, [line.vantage]) : {}),
      data: steps(series, line, outcome),
    })),
  );
  return {
    panels: (lines.length === 0 ? [null] : lines).map((line) => ({
      heading: line === null ? null : `${lineName(line, options.vantageNames)}   ${formatRatio(line.summary.availability)}`,
      yMax: 1,
      yFormat: (value) => `${Math.round(value * 100)} %`,
    })),
    series: drawn,
  };
}

/** Steps need the end of each run of buckets with data, else the last bucket before a gap has no width. */
function steps(series: SeriesResponse, line: LineSeries, outcome: Outcome): [number, number | null][] {
  const data: [number, number | null][] = [];
  series.buckets.forEach((start, index) => {
    const counts = outcomesAt(line, index);
    const all = counts.up + counts.degraded + counts.down + counts.unknown;
    const clipped = Math.max(start, series.from);
    if (all === 0) {
      data.push([clipped, null]);
      return;
    }
    const share = counts[outcome] / all;
    data.push([clipped, share]);
    const end = Math.min(bucketEnd(series, index), series.to);
    const next = series.buckets[index + 1];
    const nextCounts = outcomesAt(line, index + 1);
    const continues =
      next !== undefined && next <= end && nextCounts.up + nextCounts.degraded + nextCounts.down + nextCounts.unknown > 0;
    if (!continues) data.push([end, share], [end, null]);
  });
  return data;
}
