import type { ChartKind, SeriesResponse } from '@watchpost/contracts/api/quality';
import type { ChartOptions } from './chart-kind.ts';
import { CHART_TEXTS } from './chart-texts.ts';
import { chartOption } from './chart.ts';
import { createPicture } from './engine.ts';

/** A chart as SVG text: no script, no outside references, all texts escaped. Synchronous, about 10–40 ms. */
export function drawSvg(kind: ChartKind, series: SeriesResponse, options: ChartOptions): string {
  const picture = createPicture(options.width, options.height);
  try {
    const title =
      options.title === undefined
        ? CHART_TEXTS[options.lang].kinds[kind]
        : `${options.title} · ${CHART_TEXTS[options.lang].kinds[kind]}`;
    picture.setOption(chartOption(kind, series, { ...options, title, interactive: false }));
    return picture.renderToSVGString();
  } finally {
    picture.dispose();
  }
}
