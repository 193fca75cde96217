import type { HttpCheck } from '@watchpost/contracts/targets/check';
import type { Failure, ProbeContext } from '../probers/prober.ts';
import { Stopwatch } from '../timing/stopwatch.ts';
import { Failed } from './failed.ts';
import type { HopTrail } from './hop-trail.ts';

/**
 * One measurement while it runs: its time line, its time-outs, and the one step that waits now. What ends the measurement
 * from outside (a time-out, the end of the probe) fails that step.
 */
export class Run {
  readonly check: HttpCheck;
  readonly context: ProbeContext;
  readonly watch: Stopwatch;
  readonly hops: HopTrail[] = [];
  certExpiresAt: number | null = null;
  resolver: string | null = null;
  ipFamily: 4 | 6 | null = null;
  readonly #totalTimer: NodeJS.Timeout;
  readonly #cancel: () => void;
  #connectTimer: NodeJS.Timeout | undefined;
  #failStep: ((failure: Failure) => void) | null = null;
  /** What ended the measurement while no step waited. */
  #pending: Failure | null = null;

  constructor(check: HttpCheck, context: ProbeContext) {
    this.check = check;
    this.context = context;
    this.watch = new Stopwatch(context.loop);
    this.#totalTimer = setTimeout(() => this.#interrupt(this.#timedOut(check.totalTimeoutMs)), check.totalTimeoutMs);
    const cancel = () => this.#interrupt({ code: 'probe-failed', text: 'the probe was stopped while it measured' });
    // Not in one step: V8 puts a function that is written right into a property among the old objects, and it would hold on to all
    // of this measurement until they are collected.
    this.#cancel = cancel;
    context.running.add(cancel);
  }

  /** The exchange that runs. */
  get trail(): HopTrail {
    const trail = this.hops.at(-1);
    if (trail === undefined) throw new Failed('probe-failed', 'no exchange has begun');
    return trail;
  }

  /** The time for name lookup, TCP connect and TLS handshake together begins, as libcurl's connect timeout. */
  startConnectTimeout(): void {
    const { connectTimeoutMs } = this.check;
    clearTimeout(this.#connectTimer);
    this.#connectTimer = setTimeout(() => this.#interrupt(this.#timedOut(connectTimeoutMs)), connectTimeoutMs);
  }

  endConnectTimeout(): void {
    clearTimeout(this.#connectTimer);
    this.#connectTimer = undefined;
  }

  /** A step that settles later. `start` gets how to settle it and gives what frees its resources when it fails. */
  async step<T>(start: (settle: { done: (value: T) => void; fail: (failure: Failure) => void }) => () => void): Promise<T> {
    const pending = this.#pending;
    if (pending !== null) throw new Failed(pending.code, pending.text);
    return new Promise<T>((resolve, reject) => {
      let isOver = false;
      let release: (() => void) | null = null;
      const over = () => {
        isOver = true;
        this.#failStep = null;
      };
      const fail = (failure: Failure) => {
        if (isOver) return;
        over();
        this.trail.end(this.watch.event());
        release?.();
        reject(new Failed(failure.code, failure.text));
      };
      this.#failStep = fail;
      release = start({
        done(value) {
          if (isOver) return;
          over();
          resolve(value);
        },
        fail,
      });
      if (isOver) release();
    });
  }

  /** Ends timers; the measurement is over. */
  close(): void {
    clearTimeout(this.#totalTimer);
    clearTimeout(this.#connectTimer);
    this.context.running.delete(this.#cancel);
  }

  #interrupt(failure: Failure): void {
    if (this.#failStep !== null) this.#failStep(failure);
    else this.#pending ??= failure;
  }

  /** Which time-out it is depends on the phase that was reached. */
  #timedOut(limitMs: number): Failure {
    const within = `within ${limitMs} ms`;
    switch (this.trail.phase) {
      case 'dnsUs':
        return { code: 'dns-timeout', text: `no answer for ${this.trail.url.hostname} ${within}` };
      case 'connectUs':
        return { code: 'connect-timeout', text: `no connection ${within}` };
      case 'tlsUs':
        return { code: 'tls-timeout', text: `the TLS handshake did not end ${within}` };
      case 'requestUs':
        return { code: 'first-byte-timeout', text: `the request was not taken ${within}` };
      case 'waitUs':
        return { code: 'first-byte-timeout', text: `no answer ${within}` };
      case 'receiveUs':
        return { code: 'total-timeout', text: `the answer was not complete ${within}` };
    }
  }
}
