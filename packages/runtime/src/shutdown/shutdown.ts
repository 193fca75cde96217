import type { Log } from '../log/log.ts';

export type Shutdown = {
  /** Aborted as soon as the process begins to stop. */
  readonly signal: AbortSignal;
  /** Registers what must be stopped. The last registered is stopped first; what comes when all is stopped, at once. */
  readonly onStop: (name: string, stop: () => Promise<void> | void) => void;
  /** Begins to stop; repeated calls return the same promise. */
  readonly stop: (reason: string) => Promise<void>;
  /** Resolves when all is stopped, or the time for it is over. Never rejects. */
  readonly done: Promise<void>;
};

const DEFAULT_GRACE_MS = 10_000;

/**
 * Ends a process in order: on SIGTERM, SIGINT or `stop`, runs the registered stops in reverse order, all of them within
 * `graceMs` together. A second signal ends the process at once with 128 + its number.
 */
export function createShutdown(options: { readonly log: Log; readonly graceMs?: number }): Shutdown {
  const { log } = options;
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  const controller = new AbortController();
  const stops: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let isStopping = false;
  let isDone = false;

  const stopNow = async (name: string, stop: () => Promise<void> | void, ms: number): Promise<void> => {
    try {
      if (!(await within(ms, stop))) log.error({ part: name, graceMs }, 'a part did not stop in time');
    } catch (error) {
      log.error({ part: name, err: error }, 'a part failed to stop');
    }
  };
  const run = async (reason: string): Promise<void> => {
    log.info({ reason }, 'stopping');
    controller.abort(new Error(`stopping: ${reason}`));
    const deadline = performance.now() + graceMs;
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) {
      await stopNow(next.name, next.stop, Math.max(deadline - performance.now(), 0));
    }
    isDone = true;
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    resolve();
  };
  const stop = (reason: string): Promise<void> => {
    if (!isStopping) {
      isStopping = true;
      void run(reason);
    }
    return done;
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    void stop(signal);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);

  const onStop: Shutdown['onStop'] = (name, fn) => {
    // A part that was still starting when the process was asked to stop.
    if (isDone) void stopNow(name, fn, graceMs);
    else stops.push({ name, stop: fn });
  };
  return { signal: controller.signal, onStop, stop, done };
}

async function within(ms: number, work: () => Promise<void> | void): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), ms);
  try {
    return await Promise.race([Promise.resolve(work()).then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
