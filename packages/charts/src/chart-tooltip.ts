import type { ChartKind, SeriesResponse } from '@watchpost/contracts/api/quality';
import { CHART_PHASES, type ChartOptions } from './chart-kind.ts';
import { CHART_TEXTS } from './chart-texts.ts';
import { formatCount, formatMs, formatRatio, formatSpeed } from './figures.ts';
import { bucketEnd, drawnLines, lineName, outcomesAt, valueAt } from './line.ts';
import { lineColor, PALETTES } from './palette.ts';
import { formatMoment } from './time-zone.ts';

export type TooltipRow = { readonly label: string; readonly color: string | null; readonly value: string };
export type Tooltip = { readonly heading: string; readonly rows: readonly TooltipRow[] };

/** What a chart says about one bucket. Plain text: whoever shows it must not read it as HTML. */
export function chartTooltip(kind: ChartKind, series: SeriesResponse, options: ChartOptions, index: number): Tooltip {
  const texts = CHART_TEXTS[options.lang];
  const palette = PALETTES[options.theme];
  const start = series.buckets[index] ?? series.from;
  const end = bucketEnd(series, index);
  const heading =
    series.bucketS < 60
      ? formatMoment(start, series.tz, true)
      : `${formatMoment(start, series.tz)} – ${formatMoment(end, series.tz).slice(series.bucketS < 86_400 ? 11 : 0, series.bucketS < 86_400 ? undefined : 10)}`;
  const [line] = series.lines;
  if (line === undefined) return { heading, rows: [] };
  switch (kind) {
    case 'response-time': {
      const phases = CHART_PHASES.filter((key) => valueAt(line.phases[key], index) !== null).map((key) => ({
        label: texts.phases[key],
        color: palette.phases[key],
        value: formatMs(valueAt(line.phases[key], index)),
      }));
      return {
        heading,
        rows: [
          ...phases.toReversed(),
          { label: texts.total, color: null, value: formatMs(valueAt(line.totalAvg, index)) },
          { label: texts.results, color: null, value: formatCount(line.count[index]) },
        ],
      };
    }
    case 'percentiles': {
      const row = (label: string, column: readonly (number | null)[]): TooltipRow => ({
        label,
        color: null,
        value: formatMs(valueAt(column, index)),
      });
      return {
        heading,
        rows: [
          row(texts.maximum, line.totalMax),
          row('p99', line.p99),
          row('p95', line.p95),
          row('p90', line.p90),
          row(texts.median, line.p50),
          row(texts.minimum, line.totalMin),
        ],
      };
    }
    case 'compare':
    case 'speed':
      return {
        heading,
        rows: drawnLines(series).map((each, order) => ({
          label: lineName(each, options.vantageNames),
          color: lineColor(each.vantage, order, options),
          value: kind === 'compare' ? formatMs(valueAt(each.totalAvg, index)) : formatSpeed(valueAt(each.speedAvg, index)),
        })),
      };
    case 'availability':
      return {
        heading,
        rows: drawnLines(series).map((each) => {
          const counts = outcomesAt(each, index);
          const facts = (['up', 'degraded', 'down', 'unknown'] as const).filter((outcome) => counts[outcome] > 0);
          return {
            label: lineName(each, options.vantageNames),
            color: null,
            value:
              facts.length === 0
                ? '–'
                : `${formatRatio(valueAt(each.availability, index))}  (${facts.map((outcome) => `${texts[outcome]} ${formatCount(counts[outcome])}`).join(', ')})`,
          };
        }),
      };
  }
}

export type DataTable = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** The chart as a table, newest first: for screen readers and for whoever wants the figures. At most `limit` rows. */
export function chartTable(kind: ChartKind, series: SeriesResponse, options: ChartOptions, limit: number): DataTable {
  const texts = CHART_TEXTS[options.lang];
  const rows: string[][] = [];
  let columns: readonly string[] = [texts.time];
  for (let index = series.buckets.length - 1; index >= 0 && rows.length < limit; index -= 1) {
    if (!series.lines.some((line) => (line.count[index] ?? 0) > 0)) continue;
    const { rows: facts } = chartTooltip(kind, series, options, index);
    if (columns.length < facts.length + 1) columns = [texts.time, ...facts.map((fact) => fact.label)];
    const cells = new Map(facts.map((fact) => [fact.label, fact.value]));
    rows.push([
      formatMoment(series.buckets[index] ?? 0, series.tz, series.bucketS < 60),
      ...columns.slice(1).map((label) => cells.get(label) ?? '–'),
    ]);
  }
  return {
    columns,
    rows: rows.map((row) => [...row, ...Array.from({ length: Math.max(0, columns.length - row.length) }, () => '–')]),
  };
}
