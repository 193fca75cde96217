import type { SeriesResponse } from '@watchpost/contracts/api/quality';
import { alarmLine, type ChartSeries, gapAreas, lonelySymbols, type Panel, paletteOf } from './chart-option.ts';
import { CHART_PHASES, type ChartOptions, MAX_PANELS } from './chart-kind.ts';
import { CHART_TEXTS } from './chart-texts.ts';
import { formatAxisMs } from './figures.ts';
import { bucketMiddle, lineName, valueAt } from './line.ts';
import { sharedMaximum } from './shared-scale.ts';

/**
 * Response time stacked by phase, a panel for each line. In a bucket with results a phase that did not happen counts 0,
 * so that the stack adds up to the mean total; a bucket without results is a gap.
 */
export function responseTime(
  series: SeriesResponse,
  options: ChartOptions,
): { readonly panels: readonly Panel[]; readonly series: readonly ChartSeries[] } {
  const palette = paletteOf(options);
  const texts = CHART_TEXTS[options.lang];
  const lines = series.lines.slice(0, MAX_PANELS);
  const maximum = options.maxMs ?? (lines.length > 1 ? sharedMaximum('response-time', series, options.alarmMs) : undefined);
  const drawn = lines.flatMap((line, panel) =>
    CHART_PHASES.filter((key) => line.phases[key].some((value) => value !== null)).map((key, order): ChartSeries => {
      const data = series.buckets.map((_, index): [number, number | null] => [
        bucketMiddle(series, index),
        valueAt(line.totalAvg, index) === null ? null : (valueAt(line.phases[key], index) ?? 0),
      ]);
      return {
        name: texts.phases[key],
        type: 'line',
        stack: `${line.vantage}/${line.series}`,
        xAxisIndex: panel,
        yAxisIndex: panel,
        color: palette.phases[key],
        lineStyle: { width: 0.6, color: palette.phases[key] },
        areaStyle: { color: palette.phases[key], opacity: 0.88 },
        emphasis: { disabled: true },
        silent: true,
        ...lonelySymbols(data),
        ...(order === 0 ? { ...alarmLine(options), ...gapAreas(series, options, [line.vantage]) } : {}),
        data,
      };
    }),
  );
  return {
    panels: (lines.length === 0 ? [null] : lines).map((line) => ({
      heading: line === null || lines.length === 1 ? null : lineName(line, options.vantageNames),
      yFormat: formatAxisMs,
      ...(maximum === undefined ? {} : { yMax: maximum }),
    })),
    series: drawn,
  };
}
