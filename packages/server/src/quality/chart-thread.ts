import { parentPort } from 'node:worker_threads';
import { Resvg } from '@resvg/resvg-js';
import { drawSvg } from '@watchpost/charts/draw';
import { chartFonts } from './chart-fonts.ts';
import type { ChartAnswer, ChartOrder } from './chart-painter.ts';

/** Pictures in PNG have twice the pixels, for sharp screens and print. */
const PNG_SCALE = 2;
/** But not beyond this many: 4 bytes of memory each. */
const PNG_PIXELS = 16_000_000;

parentPort?.on('message', (order: ChartOrder) => {
  parentPort?.postMessage(answer(order));
});

function answer({ format, kind, series, look }: ChartOrder): ChartAnswer {
  try {
    const svg = drawSvg(kind, series, look);
    if (format === 'svg') return { picture: svg };
    const image = new Resvg(svg, {
      fitTo: { mode: 'zoom', value: look.width * look.height * PNG_SCALE ** 2 > PNG_PIXELS ? 1 : PNG_SCALE },
      font: { loadSystemFonts: false, fontFiles: [...chartFonts(svg)], defaultFontFamily: 'DejaVu Sans' },
    });
    return { picture: image.render().asPng() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
