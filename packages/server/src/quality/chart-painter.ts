import { Worker } from 'node:worker_threads';
import type { ChartKind, SeriesResponse } from '@watchpost/contracts/api/quality';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Log } from '@watchpost/runtime/log/log';

/** Pictures that may wait; more are refused. */
const QUEUE_LIMIT = 64;
const PAINT_MS = 20_000;
/** The thread ends when it had nothing to do for this long, and with it the memory of the chart engine. */
const IDLE_MS = 60_000;

export type ChartOrder = {
  readonly format: 'svg' | 'png';
  readonly kind: ChartKind;
  readonly series: SeriesResponse;
  readonly look: {
    readonly width: number;
    readonly height: number;
    readonly theme: 'light' | 'dark';
    readonly lang: 'en' | 'zh';
    readonly title: string;
    readonly alarmMs: number | null;
    readonly vantageNames: Readonly<Record<string, string>>;
    readonly vantageColors: Readonly<Record<string, string | null>>;
  };
};

/** What the thread answers. */
export type ChartAnswer = { readonly picture: string | Uint8Array } | { readonly failure: string };

/** Draws charts in a thread of its own, one after the other, so that ingest and pages never wait for a picture. */
export type ChartPainter = {
  /** Rejects with `unavailable` when too many wait, with `internal` when the picture cannot be drawn. */
  readonly paint: (order: ChartOrder) => Promise<string | Buffer>;
  readonly close: () => Promise<void>;
};

export function createChartPainter(log: Log): ChartPainter {
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const end = async () => {
    const ending = worker;
    worker = null;
    if (idle !== null) clearTimeout(idle);
    await ending?.terminate();
  };
  const paintNow = async (order: ChartOrder): Promise<string | Buffer> => {
    if (idle !== null) clearTimeout(idle);
    worker ??= startWorker();
    try {
      const answer = await ask(worker, order);
      if ('failure' in answer) throw new AppError('internal', answer.failure);
      return typeof answer.picture === 'string' ? answer.picture : Buffer.from(answer.picture);
    } catch (error) {
      log.warn({ err: error, kind: order.kind, format: order.format }, 'a chart could not be drawn');
      await end();
      throw error instanceof AppError ? error : new AppError('internal', undefined, { cause: error });
    } finally {
      idle = setTimeout(() => void end(), IDLE_MS);
      idle.unref();
    }
  };
  return {
    async paint(order) {
      if (waiting >= QUEUE_LIMIT) throw new AppError('unavailable', undefined, { retryAfterS: 2 });
      waiting += 1;
      const painted = turn.then(() => paintNow(order));
      turn = painted.catch(() => undefined);
      try {
        return await painted;
      } finally {
        waiting -= 1;
      }
    },
    close: end,
  };
}

function startWorker(): Worker {
  const worker = new Worker(new URL('chart-thread.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 256 } });
  worker.unref();
  worker.on('error', () => undefined);
  return worker;
}

function ask(worker: Worker, order: ChartOrder): Promise<ChartAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ChartAnswer>();
  const timer = setTimeout(() => reject(new Error('the picture took too long')), PAINT_MS);
  const onExit = () => reject(new Error('the drawing thread ended'));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  worker.postMessage(order);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
  });
}
