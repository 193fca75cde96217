import type { ChartKind, SeriesResponse } from '@watchpost/contracts/api/quality';
import { chartTable } from '@watchpost/charts/chart-tooltip';
import type { ChartOptions } from '@watchpost/charts/chart-kind';
import { legendTable } from '@watchpost/charts/legend-table';
import { hasFigures, lineName } from '@watchpost/charts/line';
import { sharedMaximum } from '@watchpost/charts/shared-scale';
import { Button } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { queryString } from '../../api/client.ts';
import { type Range, zonedRange } from '../../api/range.ts';
import { moment } from '../../parts/moment.ts';
import { ChartView } from './ChartView.tsx';

/** Rows of the table behind a chart. */
const TABLE_ROWS = 200;

type Props = {
  readonly title: string;
  readonly kind: ChartKind;
  readonly series: SeriesResponse;
  readonly range: Range;
  readonly vantages: string;
  readonly options: Omit<ChartOptions, 'width' | 'height' | 'interactive'>;
  readonly onZoom: (from: number, to: number) => void;
  readonly control?: ReactNode;
};

/** A chart with its heading, its exports and its figures as a table. Charts of single lines stand side by side. */
export function ChartCard(props: Props) {
  const { t } = useTranslation();
  const { kind, series } = props;
  const options = useMemo(
    () =>
      kind === 'response-time' || kind === 'percentiles'
        ? { ...props.options, maxMs: sharedMaximum(kind, series, props.options.alarmMs) }
        : props.options,
    [kind, series, props.options],
  );
  const [isTable, setTable] = useState(false);
  const isSingle = kind === 'response-time' || kind === 'percentiles';
  const panels = useMemo(
    () =>
      isSingle
        ? series.lines.map((line) => ({ key: `${line.vantage} ${line.series}`, series: { ...series, lines: [line] } }))
        : [{ key: 'all', series }],
    [isSingle, series],
  );
  const base = `/api/v1/targets/${encodeURIComponent(series.targetId)}`;
  const data = { ...zonedRange(props.range), vantages: props.vantages };
  // A picture has its panels below each other.
  const pictureHeight =
    series.lines.length > 1 && (isSingle || kind === 'availability') ? 120 + 140 * Math.min(8, series.lines.length) : 400;
  const picture = queryString({ ...data, width: 1200, height: pictureHeight, theme: options.theme, lang: options.lang });
  const exports = [
    { name: 'PNG', href: `${base}/charts/${kind}.png${picture}`, file: `${series.targetId}-${kind}.png` },
    { name: 'SVG', href: `${base}/charts/${kind}.svg${picture}`, file: `${series.targetId}-${kind}.svg` },
    { name: 'CSV', href: `${base}/series.csv${queryString(data)}`, file: `${series.targetId}.csv` },
    { name: 'JSON', href: `${base}/series.json${queryString(data)}`, file: `${series.targetId}.json` },
  ];
  const height = kind === 'availability' ? 62 + 92 * Math.max(1, Math.min(8, series.lines.length)) : isSingle ? 260 : 240;
  return (
    <section className="card pad stack" aria-label={props.title}>
      <div className="row spread">
        <div className="row">
          <h2>{props.title}</h2>
          {props.control}
        </div>
        <div className="row tight" role="group" aria-label={`${props.title}: ${t('action.export')}`}>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            c="var(--wp-muted)"
            aria-expanded={isTable}
            onClick={() => setTable(!isTable)}
          >
            {t(isTable ? 'action.chart' : 'action.table')}
          </Button>
          {exports.map((each) => (
            <Button key={each.name} size="compact-xs" variant="default" component="a" href={each.href} download={each.file}>
              {each.name}
            </Button>
          ))}
        </div>
      </div>
      <div className={isSingle ? 'panels' : ''}>
        {panels.map((panel) => {
          const [line] = panel.series.lines;
          const name = isSingle && line !== undefined ? lineName(line, options.vantageNames) : props.title;
          const legend = legendTable(kind, panel.series, { ...options, width: 0, height: 0 });
          const isEmpty = kind !== 'availability' && !hasFigures(kind, panel.series);
          return (
            <div key={panel.key} className="stack tight" style={{ minWidth: 0 }}>
              {isSingle && <strong style={{ fontSize: 13 }}>{name}</strong>}
              <ChartView
                kind={kind}
                series={panel.series}
                options={options}
                height={height}
                label={t('target.chartLabel', {
                  chart: `${props.title}, ${name}`,
                  from: moment(series.from, false),
                  to: moment(series.to, false),
                })}
                onZoom={props.onZoom}
                {...(isEmpty ? { note: t(kind === 'speed' ? 'target.noSpeed' : 'target.noTime') } : {})}
              />
              <div>
                <table className="legend">
                  <thead>
                    <tr>
                      <th>
                        <span className="sr">{t('form.name')}</span>
                      </th>
                      {legend.columns.map((column, index) => (
                        <th key={index} scope="col">
                          {column}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {legend.rows.map((row) => (
                      <tr key={row.label} style={row.color === null ? { fontWeight: 600 } : {}}>
                        <td>
                          <span className="swatch" style={{ background: row.color ?? 'transparent', marginRight: 7 }} />
                          {row.label}
                        </td>
                        {row.values.map((value, index) => (
                          <td key={index}>{value}</td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {isTable && (
                <FigureTable kind={kind} series={panel.series} options={options} caption={`${props.title} – ${name}`} />
              )}
            </div>
          );
        })}
      </div>
    </section>
  );
}

function FigureTable(props: {
  readonly kind: ChartKind;
  readonly series: SeriesResponse;
  readonly options: Props['options'];
  readonly caption: string;
}) {
  const { t } = useTranslation();
  const table = chartTable(props.kind, props.series, { ...props.options, width: 0, height: 0 }, TABLE_ROWS);
  return (
    <div className="scroll" style={{ maxHeight: 320, overflowY: 'auto' }} tabIndex={0} role="region" aria-label={props.caption}>
      <table className="table num">
        <caption className="muted">{t('target.rows', { count: table.rows.length })}</caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
