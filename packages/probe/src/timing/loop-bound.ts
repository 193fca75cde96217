import { closeSync, openSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const SCHEDSTAT = '/proc/thread-self/schedstat';
const SPACE = 32;
const ZERO = 48;
/** Idle time since the end of the last iteration above which the loop has surely polled in between, µs. */
const POLLED_US = 200;

/** What no counter shows: wake-up of the thread, granularity of the idle counter, the kernel's own path. Microseconds. */
export const DEFAULT_FLOOR_US = 1_000;

/** Monotonic time of this process, microseconds with fractions. */
export function nowUs(): number {
  return performance.now() * 1_000;
}

type Instant = { atUs: number; idleUs: number; waitingUs: number };

/**
 * Bounds, for each event handled on the event loop of this thread, how long the event had been waiting: the handler runs
 * at `mark()`, the kernel had the event at most `boundUs` earlier (plus `floorUs`).
 *
 * The loop cannot have seen the event before it last asked the kernel. Since then the thread was either busy, or waiting
 * for a processor. Busy time is elapsed time minus libuv's idle time; time on the run queue is idle to libuv, so it is
 * added back from `/proc/thread-self/schedstat`. When the loop has polled since the end of the last iteration, time counts
 * from there, else from the end of the iteration before.
 *
 * Without schedstat (another system than Linux, or a kernel without it) the bound is not honest under foreign load:
 * `isVerified` is false and results carry no bound. One instance per thread.
 */
export class LoopBound {
  readonly isVerified: boolean;
  readonly floorUs: number;
  /** Bound of the last `mark()`, microseconds. */
  boundUs = 0;
  /**
   * When the event of the last `mark()` has most likely come, as {@link nowUs}: between these two. A loop that slept was woken
   * by it, so that only the wait for a processor lies between; one that was at work found it when it next asked the kernel.
   */
  earliestUs = 0;
  latestUs = 0;
  /** -1: not there, or closed. */
  #file: number;
  readonly #text = Buffer.alloc(96);
  #last: Instant;
  #beforeLast: Instant;
  #isEndPending = false;
  /** Bound of the first event of this iteration. */
  #firstBoundUs = 0;
  readonly #onIterationEnd: () => void;

  constructor(options: { readonly floorUs?: number; readonly schedstatPath?: string } = {}) {
    this.floorUs = options.floorUs ?? DEFAULT_FLOOR_US;
    this.#file = openSchedstat(options.schedstatPath ?? SCHEDSTAT);
    this.isVerified = this.#file >= 0;
    this.#last = this.#instant();
    this.#beforeLast = { ...this.#last };
    this.#onIterationEnd = () => {
      const reused = this.#beforeLast;
      this.#beforeLast = this.#last;
      reused.atUs = nowUs();
      reused.idleUs = idleUs();
      reused.waitingUs = this.#waitingUs();
      this.#last = reused;
      this.#isEndPending = false;
    };
  }

  /** Time of the event that is being handled now (as {@link nowUs}); its bound is in `boundUs`. */
  mark(): number {
    const atUs = nowUs();
    if (this.#isEndPending) {
      // Nothing was asked of the kernel since the first event of this iteration.
      this.boundUs = this.#firstBoundUs + (atUs - this.latestUs);
      return atUs;
    }
    const idle = idleUs();
    const waiting = this.#waitingUs();
    let from = this.#last;
    const hasSlept = idle - from.idleUs - (waiting - from.waitingUs) >= POLLED_US;
    if (!hasSlept) from = this.#beforeLast;
    const boundUs = Math.max(0, atUs - from.atUs - (idle - from.idleUs) + (waiting - from.waitingUs));
    this.boundUs = boundUs;
    this.#firstBoundUs = boundUs;
    // All events of an iteration came before the loop was given them together.
    this.latestUs = atUs;
    this.earliestUs = atUs - (hasSlept ? waiting - from.waitingUs : boundUs);
    this.#isEndPending = true;
    setImmediate(this.#onIterationEnd);
    return atUs;
  }

  /**
   * Something is being handled that needs no mark (a piece of a body): begin and end of this iteration are noted, so that its
   * work does not loosen the bound of the next mark.
   */
  touch(): void {
    if (!this.#isEndPending) this.mark();
  }

  /** Gives back the file descriptor. No `mark()` may follow. */
  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #instant(): Instant {
    return { atUs: nowUs(), idleUs: idleUs(), waitingUs: this.#waitingUs() };
  }

  /** Time this thread could run but had no processor, µs: the second number of schedstat, which is in ns. */
  #waitingUs(): number {
    if (this.#file < 0) return 0;
    const text = this.#text;
    const length = readSync(this.#file, text, 0, 96, 0);
    let index = 0;
    while (index < length && text[index] !== SPACE) index++;
    let ns = 0;
    for (index++; index < length; index++) {
      const byte = text[index] ?? SPACE;
      if (byte === SPACE) break;
      ns = ns * 10 + byte - ZERO;
    }
    return ns / 1_000;
  }
}

function idleUs(): number {
  return performance.nodeTiming.idleTime * 1_000;
}

/** -1 where the kernel does not keep the figures: then all of them are zero, even the processor time of a busy thread. */
function openSchedstat(path: string): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return -1;
  }
  const text = Buffer.alloc(96);
  const length = readSync(file, text, 0, 96, 0);
  if (/^[1-9]\d* \d+ \d+/.test(text.toString('latin1', 0, length))) return file;
  closeSync(file);
  return -1;
}
