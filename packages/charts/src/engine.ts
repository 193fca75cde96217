import { LineChart } from 'echarts/charts';
import {
  AxisPointerComponent,
  GraphicComponent,
  GridComponent,
  LegendPlainComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
} from 'echarts/components';
import { connect, disconnect, type ECharts, init, use } from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';

let isReady = false;

/** ECharts with only the parts that our charts need. */
function prepare(): void {
  if (isReady) return;
  use([
    LineChart,
    AxisPointerComponent,
    GraphicComponent,
    GridComponent,
    LegendPlainComponent,
    MarkAreaComponent,
    MarkLineComponent,
    TitleComponent,
    TooltipComponent,
    CanvasRenderer,
    SVGRenderer,
  ]);
  isReady = true;
}

/** A chart in an element of the page. Its owner disposes of it. */
export function createChart(element: HTMLElement): ECharts {
  prepare();
  return init(element, null, { renderer: 'canvas' });
}

/** A chart without a page, that gives SVG text. Its owner disposes of it. */
export function createPicture(width: number, height: number): ECharts {
  prepare();
  return init(null, null, { renderer: 'svg', ssr: true, width, height });
}

/** Charts of one group show the crosshair at the same point in time. Gives what ends it. */
export function shareCrosshair(group: string): () => void {
  connect(group);
  return () => disconnect(group);
}
