import type { SeriesResponse } from '@watchpost/contracts/api/quality';
import { alarmLine, type ChartSeries, gapAreas, lonelySymbols, type Panel, paletteOf } from './chart-option.ts';
import { type ChartOptions, MAX_PANELS } from './chart-kind.ts';
import { CHART_TEXTS } from './chart-texts.ts';
import { formatAxisMs } from './figures.ts';
import { bucketMiddle, lineName, valueAt } from './line.ts';
import { covered, type Palette } from './palette.ts';
import { sharedMaximum } from './shared-scale.ts';

/** What the bands stand on: not drawn, and in no legend. */
export const BASE = 'base';

/** The bands from below: each reaches from the edge before it to its own. The further from the median, the paler. */
const BANDS = [
  { key: 'p50', opacity: 0.16 },
  { key: 'p90', opacity: 0.42 },
  { key: 'p95', opacity: 0.28 },
  { key: 'p99', opacity: 0.18 },
  { key: 'totalMax', opacity: 0.09 },
] as const;

/** As a band looks; that of `p50` reaches from the smallest to the median. */
export function bandColor(palette: Palette, key: (typeof BANDS)[number]['key']): string {
  const opacity = BANDS.find((band) => band.key === key)?.opacity ?? 1;
  return covered(palette.smoke, palette.background, opacity);
}

/** The "smoke": median as a line, bands to p90, p95 and p99, and a pale band from the smallest to the largest. A panel for each line. */
export function percentiles(
  series: SeriesResponse,
  options: ChartOptions,
): { readonly panels: readonly Panel[]; readonly series: readonly ChartSeries[] } {
  const palette = paletteOf(options);
  const texts = CHART_TEXTS[options.lang];
  const lines = series.lines.slice(0, MAX_PANELS);
  const maximum = options.maxMs ?? (lines.length > 1 ? sharedMaximum('percentiles', series, options.alarmMs) : undefined);
  const drawn = lines.flatMap((line, panel): ChartSeries[] => {
    const axes = { xAxisIndex: panel, yAxisIndex: panel, silent: true, emphasis: { disabled: true } };
    const stack = `${line.vantage}/${line.series}`;
    const edges = series.buckets.map((_, index) => {
      const p50 = valueAt(line.p50, index);
      if (p50 === null) return null;
      // A sketch may put a quantile a little beyond the exact extremes: the edges must not cross.
      const low = Math.min(valueAt(line.totalMin, index) ?? p50, p50);
      const rising = [low];
      for (const { key } of BANDS) rising.push(Math.max(rising.at(-1) ?? 0, valueAt(line[key], index) ?? 0));
      return rising;
    });
    const base: ChartSeries = {
      ...axes,
      name: BASE,
      type: 'line',
      stack,
      lineStyle: { opacity: 0 },
      showSymbol: false,
      data: edges.map((edge, index) => [bucketMiddle(series, index), edge?.[0] ?? null]),
      ...alarmLine(options),
      ...gapAreas(series, options, [line.vantage]),
    };
    const bands = BANDS.map(({ key, opacity }, band): ChartSeries => ({
      ...axes,
      name: key === 'totalMax' ? texts.maximum : key === 'p50' ? texts.minimum : key,
      type: 'line',
      stack,
      lineStyle: { opacity: 0 },
      areaStyle: { color: palette.smoke, opacity },
      showSymbol: false,
      // For the legend of a picture: the area has its own.
      color: bandColor(palette, key),
      data: edges.map((edge, index) => [
        bucketMiddle(series, index),
        edge === null ? null : (edge[band + 1] ?? 0) - (edge[band] ?? 0),
      ]),
    }));
    const median = series.buckets.map((_, index): [number, number | null] => [
      bucketMiddle(series, index),
      valueAt(line.p50, index),
    ]);
    const medianLine: ChartSeries = {
      ...axes,
      name: texts.median,
      type: 'line',
      color: palette.smoke,
      lineStyle: { width: 1.6, color: palette.smoke },
      ...lonelySymbols(median),
      data: median,
      z: 3,
    };
    return [base, ...bands, medianLine];
  });
  return {
    panels: (lines.length === 0 ? [null] : lines).map((line) => ({
      heading: line === null || lines.length === 1 ? null : lineName(line, options.vantageNames),
      yFormat: formatAxisMs,
      ...(maximum === undefined ? {} : { yMax: maximum }),
    })),
    series: drawn,
  };
}
