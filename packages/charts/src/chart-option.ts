import type { SeriesResponse } from '@watchpost/contracts/api/quality';
import { CHART_TEXTS } from './chart-texts.ts';
import type { ChartOptions } from './chart-kind.ts';
import { type Palette, PALETTES } from './palette.ts';
import { axisStep } from './shared-scale.ts';
import { formatMoment, formatTick, timeTicks } from './time-zone.ts';

/** A series of an ECharts option, as far as we use it. */
export type ChartSeries = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly type: 'line';
  readonly stack?: string;
  readonly data: readonly (readonly [number, number | null])[];
};

/** An ECharts option. `series` is typed, so that its invariants can be tested. */
export type ChartOption = Readonly<Record<string, unknown>> & { readonly series: readonly ChartSeries[] };

/** One plot of a chart; several lie below each other. */
export type Panel = { readonly heading: string | null; readonly yMax?: number; readonly yFormat: (value: number) => string };

/** Room around the plots, in CSS pixels. */
export type Margins = { readonly top: number; readonly right: number; readonly bottom: number; readonly left: number };

export const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', 'Noto Sans CJK SC', 'PingFang SC', sans-serif";
const LABEL_PX = 11;
const PANEL_GAP_PX = 30;
/** A plot that is lower has room for two steps of its axis only. */
const LOW_PX = 120;

export function paletteOf(options: ChartOptions): Palette {
  return PALETTES[options.theme];
}

/** Heading, time axes and value axes for the panels: what all kinds of chart have in common. */
export function chartFrame(
  series: SeriesResponse,
  options: ChartOptions,
  panels: readonly Panel[],
  margins: Margins,
): Readonly<Record<string, unknown>> {
  const palette = paletteOf(options);
  const texts = CHART_TEXTS[options.lang];
  const gaps = PANEL_GAP_PX * (panels.length - 1);
  const height = Math.max(20, (options.height - margins.top - margins.bottom - gaps) / panels.length);
  const plotWidth = Math.max(50, options.width - margins.left - margins.right);
  const span = series.to - series.from;
  const ticks = timeTicks(series.from, series.to, series.tz, Math.floor(plotWidth / 72));
  const hasData = series.lines.some((line) => line.count.some((count) => count > 0));
  const titles: object[] = [];
  if (options.interactive !== true && options.title !== undefined) {
    titles.push({
      text: options.title,
      subtext: `${formatMoment(series.from, series.tz)} – ${formatMoment(series.to, series.tz)}  ${series.tz}`,
      left: 12,
      top: 8,
      itemGap: 4,
      textStyle: { fontFamily: FONT, fontSize: 14, fontWeight: 600, color: palette.text },
      subtextStyle: { fontFamily: FONT, fontSize: LABEL_PX, color: palette.muted },
    });
  }
  panels.forEach((panel, index) => {
    if (panel.heading === null) return;
    titles.push({
      text: panel.heading,
      left: margins.left,
      top: margins.top + index * (height + PANEL_GAP_PX) - 20,
      padding: 0,
      textStyle: { fontFamily: FONT, fontSize: LABEL_PX, fontWeight: 600, color: palette.text },
    });
  });
  if (!hasData) {
    titles.push({
      text: texts.noData,
      left: margins.left + plotWidth / 2,
      top: margins.top + (options.height - margins.top - margins.bottom) / 2 - 8,
      textAlign: 'center',
      padding: 0,
      textStyle: { fontFamily: FONT, fontSize: 13, fontWeight: 400, color: palette.muted },
    });
  }
  return {
    animation: false,
    backgroundColor: options.interactive === true ? 'transparent' : palette.background,
    textStyle: { fontFamily: FONT, color: palette.text },
    title: titles,
    grid: panels.map((_, index) => ({
      left: margins.left,
      right: margins.right,
      top: margins.top + index * (height + PANEL_GAP_PX),
      height,
    })),
    xAxis: panels.map((_, index) => ({
      type: 'time',
      gridIndex: index,
      min: series.from,
      max: series.to,
      axisLine: { lineStyle: { color: palette.axis } },
      axisTick: { customValues: ticks, lineStyle: { color: palette.axis } },
      axisLabel: {
        // Panels share the time: its labels stand below the last one only.
        show: index === panels.length - 1,
        customValues: ticks,
        color: palette.muted,
        fontSize: LABEL_PX,
        hideOverlap: true,
        formatter: (value: number) => formatTick(value, series.tz, span),
      },
      splitLine: { show: false },
      axisPointer: {
        show: options.interactive === true,
        snap: false,
        label: { show: false },
        lineStyle: { color: palette.muted, width: 1 },
      },
    })),
    yAxis: panels.map((panel, index) => ({
      type: 'value',
      gridIndex: index,
      min: 0,
      ...(panel.yMax === undefined ? {} : { max: panel.yMax, interval: axisStep(panel.yMax, height < LOW_PX) }),
      splitNumber: height < LOW_PX ? 2 : 4,
      axisLabel: { color: palette.muted, fontSize: LABEL_PX, formatter: panel.yFormat },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: palette.grid } },
    })),
    ...(options.interactive === true
      ? {
          axisPointer: { link: [{ xAxisIndex: 'all' }] },
          tooltip: { trigger: 'axis', showContent: false, axisPointer: { type: 'line', triggerEmphasis: false } },
        }
      : {}),
  };
}

/** Shows single buckets between gaps, which a line without symbols would not. */
export function lonelySymbols(data: readonly (readonly [number, number | null])[]): Readonly<Record<string, unknown>> {
  const isLonely = (index: number): boolean =>
    data[index]?.[1] !== null && (data[index - 1]?.[1] ?? null) === null && (data[index + 1]?.[1] ?? null) === null;
  if (!data.some((_, index) => isLonely(index))) return { showSymbol: false };
  return {
    showSymbol: true,
    showAllSymbol: true,
    symbol: 'circle',
    symbolSize: (_: unknown, parameters: { readonly dataIndex: number }) => (isLonely(parameters.dataIndex) ? 4 : 0),
  };
}

/** Stretches that the agents had to drop, marked behind the lines. */
export function gapAreas(
  series: SeriesResponse,
  options: ChartOptions,
  vantages: readonly string[],
): Readonly<Record<string, unknown>> {
  const palette = paletteOf(options);
  const gaps = series.gaps.filter((gap) => vantages.includes(gap.vantage)).slice(0, 50);
  if (gaps.length === 0) return {};
  return {
    markArea: {
      silent: true,
      itemStyle: { color: palette.gap, opacity: 0.22 },
      label: { show: false },
      data: gaps.map((gap) => [
        { xAxis: Math.max(gap.from, series.from) },
        { xAxis: Math.min(Math.max(gap.to, gap.from + series.bucketS * 500), series.to) },
      ]),
    },
  };
}

/** The alarm line, when there is one. */
export function alarmLine(options: ChartOptions): Readonly<Record<string, unknown>> {
  if (options.alarmMs === null || options.alarmMs === undefined) return {};
  const palette = paletteOf(options);
  return {
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: palette.alarm, width: 1.2, type: 'dashed' },
      label: {
        show: true,
        position: 'insideEndTop',
        color: palette.alarm,
        fontSize: LABEL_PX,
        formatter: CHART_TEXTS[options.lang].alarm,
      },
      data: [{ yAxis: options.alarmMs }],
    },
  };
}
