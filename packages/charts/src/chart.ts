import type { ChartKind, SeriesResponse } from '@watchpost/contracts/api/quality';
import { availability } from './availability.ts';
import { chartFrame, type ChartOption, FONT, type Margins, paletteOf } from './chart-option.ts';
import type { ChartOptions } from './chart-kind.ts';
import { type LegendTable, legendTable } from './legend-table.ts';
import { overlay } from './overlay.ts';
import { BASE, percentiles } from './percentiles.ts';
import { responseTime } from './response-time.ts';

const LEGEND_ROW_PX = 18;
const LEGEND_VALUE_PX = 68;
const LEGEND_LABEL_PX = 134;
const MAX_LEGEND_ROWS = 16;

/**
 * The ECharts option of a chart: a pure function of the data and the options, the same for the page and for pictures.
 * The page (`interactive`) draws heading, legend and tooltip itself; a picture carries heading and legend.
 */
export function chartOption(kind: ChartKind, series: SeriesResponse, options: ChartOptions): ChartOption {
  const body = draw(kind, series, options);
  const legend = options.interactive === true || body.panels.length > 1 ? null : legendTable(kind, series, options);
  const isBeside = legend !== null && legend.rows.length > 0 && options.width >= 700 && kind !== 'availability';
  const hasHeadings = body.panels.some((panel) => panel.heading !== null);
  const isPicture = options.interactive !== true;
  const legendWidth = isBeside ? LEGEND_LABEL_PX + LEGEND_VALUE_PX * legend.columns.length + 24 : 0;
  const margins: Margins = {
    top: (isPicture && options.title !== undefined ? 58 : 12) + (hasHeadings ? 20 : 0),
    right: (isPicture ? 20 : 14) + legendWidth,
    bottom: isPicture && !isBeside ? 56 : 26,
    left: 62,
  };
  return {
    ...chartFrame(series, options, body.panels, margins),
    ...(isPicture
      ? isBeside
        ? { graphic: legendGraphic(legend, options, margins) }
        : { legend: legendLine(body.series, options) }
      : {}),
    series: body.series,
  };
}

function draw(kind: ChartKind, series: SeriesResponse, options: ChartOptions) {
  switch (kind) {
    case 'response-time':
      return responseTime(series, options);
    case 'percentiles':
      return percentiles(series, options);
    case 'compare':
    case 'speed':
      return overlay(kind, series, options);
    case 'availability':
      return availability(series, options);
  }
}

function legendLine(drawn: ChartOption['series'], options: ChartOptions): object {
  const palette = paletteOf(options);
  const names = [...new Set(drawn.map((each) => each.name))].filter((name) => name !== BASE);
  return {
    type: 'plain',
    bottom: 8,
    left: 'center',
    itemWidth: 12,
    itemHeight: 8,
    itemGap: 14,
    icon: 'rect',
    data: names,
    selectedMode: false,
    textStyle: { fontFamily: FONT, fontSize: 11, color: palette.muted },
  };
}

/** The legend of a picture: a table right of the plot with last, mean, largest and smallest of each row. */
function legendGraphic(legend: LegendTable, options: ChartOptions, margins: Margins): object {
  const palette = paletteOf(options);
  const left = options.width - margins.right + 22;
  const text = (value: string, x: number, y: number, fill: string, align: 'left' | 'right', bold = false): object => ({
    type: 'text',
    silent: true,
    x,
    y,
    style: { text: value, fill, font: `${bold ? '600 ' : ''}11px ${FONT}`, align, verticalAlign: 'middle' },
  });
  const right = (column: number): number => left + LEGEND_LABEL_PX + LEGEND_VALUE_PX * (column + 1) - 4;
  const top = margins.top + 6;
  return {
    elements: [
      ...legend.columns.map((column, index) => text(column, right(index), top, palette.muted, 'right')),
      ...legend.rows.slice(0, MAX_LEGEND_ROWS).flatMap((row, index) => {
        const y = top + LEGEND_ROW_PX * (index + 1);
        const swatch =
          row.color === null
            ? []
            : [{ type: 'rect', silent: true, shape: { x: left, y: y - 4, width: 10, height: 8 }, style: { fill: row.color } }];
        return [
          ...swatch,
          text(row.label, left + 16, y, palette.text, 'left', row.color === null),
          ...row.values.map((value, column) => text(value, right(column), y, palette.text, 'right', row.color === null)),
        ];
      }),
    ],
  };
}
