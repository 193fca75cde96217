import type { ChartKind, LineSeries, SeriesResponse } from '@watchpost/contracts/api/quality';
import { CHART_PHASES, type ChartOptions } from './chart-kind.ts';
import { CHART_TEXTS } from './chart-texts.ts';
import { formatMs, formatRatio, formatSpeed } from './figures.ts';
import { drawnLines, lineName, valueAt } from './line.ts';
import { lineColor, PALETTES } from './palette.ts';
import { bandColor } from './percentiles.ts';

export type LegendRow = { readonly label: string; readonly color: string | null; readonly values: readonly string[] };
export type LegendTable = { readonly columns: readonly string[]; readonly rows: readonly LegendRow[] };

type Statistics = {
  readonly last: number | null;
  readonly avg: number | null;
  readonly max: number | null;
  readonly min: number | null;
};

/** Last, mean (weighted by the number of results), largest and smallest of a column over the range. */
export function columnStatistics(line: LineSeries, column: readonly (number | null)[]): Statistics {
  let last: number | null = null;
  let max: number | null = null;
  let min: number | null = null;
  let sum = 0;
  let weights = 0;
  for (let index = 0; index < column.length; index += 1) {
    const value = valueAt(column, index);
    if (value === null) continue;
    const weight = Math.max(1, line.count[index] ?? 1);
    last = value;
    max = max === null ? value : Math.max(max, value);
    min = min === null ? value : Math.min(min, value);
    sum += value * weight;
    weights += weight;
  }
  return { last, avg: weights === 0 ? null : sum / weights, max, min };
}

/** Figures of the server where it gives them: they come from single results, not from means of buckets. */
function statistics(line: LineSeries, key: string, column: readonly (number | null)[]): Statistics {
  return line.legend[key] ?? columnStatistics(line, column);
}

const shown = (figures: Statistics, format: (value: number | null) => string): readonly string[] => [
  format(figures.last),
  format(figures.avg),
  format(figures.max),
  format(figures.min),
];

/** Rows of the legend under (page) or beside (picture) a chart. For `response-time` and `percentiles`: of the first line. */
export function legendTable(kind: ChartKind, series: SeriesResponse, options: ChartOptions): LegendTable {
  const texts = CHART_TEXTS[options.lang];
  const palette = PALETTES[options.theme];
  const columns = [texts.last, texts.average, texts.maximum, texts.minimum];
  const [line] = series.lines;
  switch (kind) {
    case 'response-time': {
      if (line === undefined) return { columns, rows: [] };
      const phases = CHART_PHASES.filter((key) => line.phases[key].some((value) => value !== null)).map((key) => ({
        label: texts.phases[key],
        color: palette.phases[key],
        values: shown(statistics(line, key, line.phases[key]), formatMs),
      }));
      const total = { label: texts.total, color: null, values: shown(statistics(line, 'totalUs', line.totalAvg), formatMs) };
      return { columns, rows: [...phases, total] };
    }
    case 'percentiles': {
      if (line === undefined) return { columns, rows: [] };
      const keys = ['p50', 'p90', 'p95', 'p99'] as const;
      return {
        columns: [texts.overall, texts.maximum, texts.minimum],
        rows: keys.map((key) => {
          const own = columnStatistics(line, line[key]);
          return {
            label: key === 'p50' ? texts.median : key,
            color: key === 'p50' ? palette.smoke : bandColor(palette, key),
            values: [formatMs(line.summary[key]), formatMs(own.max), formatMs(own.min)],
          };
        }),
      };
    }
    case 'compare':
    case 'speed':
      return {
        columns,
        rows: drawnLines(series).map((each, index) => ({
          label: lineName(each, options.vantageNames),
          color: lineColor(each.vantage, index, options),
          values:
            kind === 'compare'
              ? shown(statistics(each, 'totalUs', each.totalAvg), formatMs)
              : shown(statistics(each, 'speedDownload', each.speedAvg), formatSpeed),
        })),
      };
    case 'availability':
      return {
        columns: [texts.availability, texts.coverage],
        rows: drawnLines(series).map((each) => ({
          label: lineName(each, options.vantageNames),
          color: null,
          values: [formatRatio(each.summary.availability), formatRatio(each.summary.coverage)],
        })),
      };
  }
}
