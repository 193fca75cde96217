import { Worker } from 'node:worker_threads';
import type { ScheduledCheck } from '@watchpost/contracts/agents/agent-wire';
import type { Log } from '@watchpost/runtime/log/log';
import type { SchedulerStats } from '../schedule/scheduler.ts';
import {
  type FromThread,
  type Order,
  type OrderAnswer,
  type ResultText,
  THREAD_LIMITS,
  type ThreadSettings,
  type ToThread,
} from './messages.ts';
import { createOrderNumbers } from './order-numbers.ts';

const RESTART_MS = { first: 500, most: 30_000 } as const;
/** A thread that ran for so long starts the count of crashes anew, ms. */
const STABLE_MS = 60_000;

export type ThreadStats = SchedulerStats & {
  readonly uncertaintyP99Us: number | null;
  /** Times the thread crashed and was started again. */
  readonly restarts: number;
};

/** The prober thread as the main thread sees it. A thread that crashes is started again, with a growing pause. */
export type ProberThread = {
  readonly setChecks: (checks: readonly ScheduledCheck[]) => void;
  /** Measures out of turn. Null: too much is under way, or the thread crashed. */
  readonly order: (order: Order) => Promise<readonly ResultText[] | null>;
  readonly stats: () => ThreadStats;
  /** Stops; what is under way is ended. */
  readonly close: () => Promise<void>;
};

const NOTHING: SchedulerStats = {
  lines: 0,
  inFlight: 0,
  measured: 0,
  overloaded: 0,
  skipped: { late: 0, overlap: 0, full: 0, backlog: 0 },
};

/**
 * Starts the prober thread.
 * @param options.onResults takes results away (as into the spool); the thread slows down while its promise is pending.
 */
export function startProberThread(options: {
  readonly settings: ThreadSettings;
  readonly onResults: (results: readonly ResultText[]) => Promise<void>;
  readonly log: Log;
}): ProberThread {
  const { settings, onResults, log } = options;
  const pending = new Map<string, (results: readonly ResultText[] | null) => void>();
  const taking = new Set<Promise<void>>();
  let checks: readonly ScheduledCheck[] = [];
  let worker: Worker | null = null;
  let isClosing = false;
  let restarts = 0;
  let crashes = 0;
  let restartTimer: NodeJS.Timeout | undefined;
  let ended: SchedulerStats = NOTHING;
  let current: SchedulerStats = NOTHING;
  let uncertaintyP99Us: number | null = null;
  let queued: Order[] = [];
  let numbers = createOrderNumbers(THREAD_LIMITS.orderedChecks);

  const send = (message: ToThread): void => worker?.postMessage(message);

  const take = (from: Worker, results: readonly ResultText[]): void => {
    const taken = onResults(results)
      .catch((error: unknown) => log.error({ err: error }, 'results could not be taken from the prober thread'))
      .finally(() => {
        taking.delete(taken);
        if (worker === from) send({ type: 'taken', count: results.length });
      });
    taking.add(taken);
  };

  const answer = ({ id, results }: OrderAnswer): void => {
    const resolve = pending.get(id);
    pending.delete(id);
    resolve?.(results);
  };

  const receive = (from: Worker, message: FromThread): void => {
    switch (message.type) {
      case 'ready':
        return;
      case 'results':
        return take(from, message.results);
      case 'ordered':
        return message.answers.forEach(answer);
      case 'stats':
        current = message.stats;
        uncertaintyP99Us = message.uncertaintyP99Us;
        return;
      case 'failure':
        return log.error({ failure: message.text }, 'a measurement failed for a fault of the probe');
      case 'stopped':
        return;
    }
  };

  const start = (): void => {
    const startedAt = performance.now();
    const started = new Worker(new URL('./prober-worker.ts', import.meta.url), {
      workerData: settings,
      name: 'prober',
      resourceLimits: { maxYoungGenerationSizeMb: settings.youngGenerationMb },
    });
    worker = started;
    numbers = createOrderNumbers(THREAD_LIMITS.orderedChecks);
    started.on('message', (message: FromThread) => receive(started, message));
    started.on('error', (error) => log.error({ err: error }, 'the prober thread crashed'));
    started.on('exit', (code) => {
      worker = null;
      ended = sum(ended, current);
      current = NOTHING;
      for (const resolve of pending.values()) resolve(null);
      pending.clear();
      if (isClosing) return;
      restarts++;
      crashes = performance.now() - startedAt > STABLE_MS ? 1 : crashes + 1;
      const waitMs = Math.min(RESTART_MS.first * 2 ** (crashes - 1), RESTART_MS.most);
      log.error({ code, restarts, waitMs }, 'the prober thread ended, it is started again');
      restartTimer = setTimeout(start, waitMs);
    });
    if (checks.length > 0) send({ type: 'checks', checks });
  };

  const flushOrders = (): void => {
    const orders = queued;
    queued = [];
    send({ type: 'order', ...numbers.take(orders) });
  };

  start();
  return {
    setChecks: (wanted) => {
      checks = wanted;
      send({ type: 'checks', checks });
    },
    order: (order) => {
      if (worker === null || isClosing) return Promise.resolve(null);
      const { promise, resolve } = Promise.withResolvers<readonly ResultText[] | null>();
      pending.set(order.id, resolve);
      if (queued.length === 0) setImmediate(flushOrders);
      queued.push(order);
      return promise;
    },
    stats: () => ({ ...sum(ended, current), uncertaintyP99Us, restarts }),
    close: async () => {
      isClosing = true;
      clearTimeout(restartTimer);
      const stopping = worker;
      if (stopping !== null) {
        const exited = new Promise<void>((resolve) => stopping.once('exit', () => resolve()));
        send({ type: 'stop' });
        const timer = setTimeout(() => void stopping.terminate(), THREAD_LIMITS.stopMs);
        await exited;
        clearTimeout(timer);
      }
      await Promise.all(taking);
    },
  };
}

/** Counts add up over the lives of the thread; `lines` and `inFlight` are of the present one. */
function sum(before: SchedulerStats, now: SchedulerStats): SchedulerStats {
  return {
    lines: now.lines,
    inFlight: now.inFlight,
    measured: before.measured + now.measured,
    overloaded: before.overloaded + now.overloaded,
    skipped: {
      late: before.skipped.late + now.skipped.late,
      overlap: before.skipped.overlap + now.skipped.overlap,
      full: before.skipped.full + now.skipped.full,
      backlog: before.skipped.backlog + now.skipped.backlog,
    },
  };
}
