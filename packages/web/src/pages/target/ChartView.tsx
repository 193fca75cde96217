import type { ChartKind, SeriesResponse } from '@watchpost/contracts/api/quality';
import { chartOption } from '@watchpost/charts/chart';
import type { ChartOptions } from '@watchpost/charts/chart-kind';
import { chartTooltip, type Tooltip } from '@watchpost/charts/chart-tooltip';
import { createChart } from '@watchpost/charts/engine';
import { bucketIndexAt } from '@watchpost/charts/line';
import { useEffect, useRef, useState } from 'react';
import { MIN_RANGE_MS } from '../../api/range.ts';

export const CROSSHAIR_GROUP = 'target';
/** Shorter drags are clicks. */
const MIN_DRAG_PX = 6;

type Chart = ReturnType<typeof createChart>;
type Props = {
  readonly kind: ChartKind;
  readonly series: SeriesResponse;
  readonly options: Omit<ChartOptions, 'width' | 'height' | 'interactive'>;
  readonly height: number;
  readonly label: string;
  /** Said in the middle of a chart that has nothing to show. */
  readonly note?: string;
  readonly onZoom: (from: number, to: number) => void;
};

/** One chart: crosshair shared with the others of its group, tooltip, and dragging over it chooses a range. */
export function ChartView(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const [width, setWidth] = useState(0);
  const [tip, setTip] = useState<{ readonly x: number; readonly tooltip: Tooltip } | null>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const created = createChart(element);
    created.group = CROSSHAIR_GROUP;
    chart.current = created;
    const observer = new ResizeObserver(() => {
      created.resize();
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => {
      observer.disconnect();
      created.dispose();
      chart.current = null;
    };
  }, []);

  const { kind, series, options, height } = props;
  useEffect(() => {
    if (width === 0) return;
    chart.current?.setOption(chartOption(kind, series, { ...options, width, height, interactive: true }), { notMerge: true });
  }, [kind, series, options, width, height]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let start: number | null = null;
    const timeAt = (x: number): number | null => {
      const value: unknown = chart.current?.convertFromPixel({ xAxisIndex: 0 }, x);
      return typeof value === 'number' && Number.isFinite(value) ? value : null;
    };
    const xOf = (event: PointerEvent): number => event.clientX - element.getBoundingClientRect().left;
    const down = (event: PointerEvent): void => {
      if (event.button !== 0 || event.pointerType === 'touch') return;
      start = xOf(event);
      element.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent): void => {
      const x = xOf(event);
      if (start !== null && Math.abs(x - start) >= MIN_DRAG_PX) {
        setTip(null);
        setDrag({ from: Math.min(start, x), to: Math.max(start, x) });
        return;
      }
      const now = latest.current;
      const at = timeAt(x);
      const index = at === null ? null : bucketIndexAt(now.series, at);
      setTip(
        index === null
          ? null
          : {
              x,
              tooltip: chartTooltip(
                now.kind,
                now.series,
                { ...now.options, width: element.clientWidth, height: now.height },
                index,
              ),
            },
      );
    };
    const up = (event: PointerEvent): void => {
      const began = start;
      start = null;
      setDrag(null);
      if (began === null || Math.abs(xOf(event) - began) < MIN_DRAG_PX) return;
      const one = timeAt(began);
      const other = timeAt(xOf(event));
      if (one === null || other === null) return;
      const now = latest.current;
      const from = Math.max(now.series.from, Math.min(one, other));
      const to = Math.min(now.series.to, Math.max(one, other));
      if (to - from >= MIN_RANGE_MS) now.onZoom(Math.round(from), Math.round(to));
    };
    const leave = (): void => setTip(null);
    const cancel = (): void => {
      start = null;
      setDrag(null);
      setTip(null);
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointerleave', leave);
    element.addEventListener('pointercancel', cancel);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointerleave', leave);
      element.removeEventListener('pointercancel', cancel);
    };
  }, []);

  return (
    <div className="chart" style={{ height }}>
      <div ref={box} role="img" aria-label={props.label} style={{ width: '100%', height }} />
      {props.note !== undefined && <p className="chart-note muted">{props.note}</p>}
      {drag !== null && <div className="chart-select" style={{ left: drag.from, width: drag.to - drag.from }} />}
      {tip !== null && (
        <div className="chart-tip" style={tip.x > width / 2 ? { right: width - tip.x + 14 } : { left: tip.x + 14 }}>
          <div style={{ fontWeight: 600 }}>{tip.tooltip.heading}</div>
          {tip.tooltip.rows.map((row) => (
            <div className="chart-tip-row" key={row.label}>
              {row.color !== null && <span className="swatch" style={{ background: row.color }} />}
              <span className="grow">{row.label}</span>
              <span className="num">{row.value}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
