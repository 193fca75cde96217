import type { ScheduledCheck } from '@watchpost/contracts/agents/agent-wire';
import type { Result } from '@watchpost/contracts/results/result';
import type { Check } from '@watchpost/contracts/targets/check';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Measurement } from '../probers/prober.ts';
import { createGate } from './gate.ts';
import { linesOf, seriesOf } from './lines.ts';
import { createPlanner, type DueLine, toleranceMs } from './planner.ts';

/** A result before it is known from which agent and vantage point it comes. */
export type LineResult = Omit<Result, 'agentId' | 'vantage'>;

export const SCHEDULE_LIMITS = {
  /** Measurements under way at once, if not set otherwise. */
  maxInFlight: 256,
  /** The clock jumped when it differs from the monotonic one by so much more than before, ms. */
  clockJumpMs: 250,
  /** The scheduler looks at the clock at least this often, ms. */
  tickMs: 1_000,
  /** After a stall, late measurements start at up to this many times the usual rate. */
  catchUpFactor: 4,
  /** Measurements that may start in a tenth of a second whatever the rate. */
  burst: 8,
  /** Wait before a round is measured again because the probe was overloaded, ms (at most an eighth of the interval). */
  remeasureAfterMs: 1_000,
} as const;

export type SchedulerStats = {
  /** Targets' series that are measured. */
  readonly lines: number;
  readonly inFlight: number;
  /** Results, since the start. */
  readonly measured: number;
  /** Results that found the probe overloaded, since the start. */
  readonly overloaded: number;
  /** Rounds not measured, by reason, since the start. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
};
/** late: a stall or a clock jump. overlap: still under way. full: too many in flight. backlog: results are not taken away. */
export type SkipReason = 'late' | 'overlap' | 'full' | 'backlog';

export type Scheduler = {
  /** Replaces what is measured. What stays goes on in its rounds. */
  readonly setChecks: (checks: readonly ScheduledCheck[]) => void;
  /**
   * Measures something out of turn, in the same way: a result for each series, the second one when the first found the
   * probe overloaded. Null: it was not taken, because too much is under way.
   */
  readonly measureNow: (targetId: string, check: Check) => Promise<readonly LineResult[] | null>;
  readonly stats: () => SchedulerStats;
  /** Starts nothing more. Resolves when what is under way has ended. */
  readonly stop: () => Promise<void>;
};

/**
 * Measures checks in their rounds. Timers run on the monotonic clock; each tick reads the wall clock anew, so there is no
 * drift, and a jump of it is seen.
 */
export function startScheduler(options: {
  readonly clock: Clock;
  /** Measures once. May reject for a fault of ours only. */
  readonly measure: (check: Check) => Promise<Measurement>;
  readonly onResult: (result: LineResult) => void;
  /** True while results are not taken away fast enough: rounds are skipped then. */
  readonly isBlocked?: () => boolean;
  readonly maxInFlight?: number;
  /** Measurements out of turn that may wait. Default: as many as may be under way. */
  readonly maxWaiting?: number;
  readonly onFailure: (error: unknown) => void;
}): Scheduler {
  const { clock, measure, onResult, onFailure } = options;
  const maxInFlight = options.maxInFlight ?? SCHEDULE_LIMITS.maxInFlight;
  const planner = createPlanner();
  const gate = createGate({ maxRunning: maxInFlight, maxWaiting: maxInFlight, onFailure });
  const orders = createGate({ maxRunning: maxInFlight, maxWaiting: options.maxWaiting ?? maxInFlight, onFailure });
  const skipped: Record<SkipReason, number> = { late: 0, overlap: 0, full: 0, backlog: 0 };
  const stopping = new AbortController();
  let measured = 0;
  let overloaded = 0;
  let timer: NodeJS.Timeout | undefined;
  let skewMs = clock.wallMs() - clock.monotonicUs() / 1_000;
  let tokens: number = SCHEDULE_LIMITS.burst;
  let tokensAtUs = clock.monotonicUs();

  const finish = (
    line: { targetId: string; series: LineResult['series'] },
    roundAt: number,
    remeasured: boolean,
    found: Measurement,
  ): LineResult => {
    measured++;
    if (isOverloaded(found)) overloaded++;
    return { targetId: line.targetId, series: line.series, roundAt, remeasured, ...found };
  };

  const measureRound = async ({ line, roundAt, dueAt }: DueLine): Promise<void> => {
    const first = finish(line, roundAt, false, await measure(line.check));
    onResult(first);
    if (!isOverloaded(first)) return;
    await pause(Math.min(SCHEDULE_LIMITS.remeasureAfterMs, line.intervalMs / 8), stopping.signal);
    const isRoundOver = clock.wallMs() >= dueAt + line.intervalMs - toleranceMs(line.intervalMs);
    if (isRoundOver || stopping.signal.aborted) return;
    onResult(finish(line, roundAt, true, await measure(line.check)));
  };

  const startDue = (due: DueLine): void => {
    if (options.isBlocked?.() === true) {
      skipped.backlog++;
      return;
    }
    const isStale = (): boolean => clock.wallMs() - due.dueAt > toleranceMs(due.line.intervalMs);
    const refusal = gate.enter(due.line.key, () => measureRound(due), { isStale, onStale: () => skipped.full++ });
    if (refusal !== null && refusal !== 'closed') skipped[refusal]++;
  };

  const tick = (): void => {
    const nowMs = clock.wallMs();
    const nowUs = clock.monotonicUs();
    const skewNowMs = nowMs - nowUs / 1_000;
    if (Math.abs(skewNowMs - skewMs) > SCHEDULE_LIMITS.clockJumpMs) planner.clockJumped(nowMs);
    skewMs = skewNowMs;
    const perS = Math.max(planner.ratePerS() * SCHEDULE_LIMITS.catchUpFactor, SCHEDULE_LIMITS.burst * 10);
    const most = perS / 10;
    tokens = Math.min(most, tokens + ((nowUs - tokensAtUs) / 1_000_000) * perS);
    tokensAtUs = nowUs;
    const due = planner.take(nowMs, Math.floor(tokens));
    tokens -= due.length;
    for (const each of due) startDue(each);
    arm();
  };

  const arm = (): void => {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    const nextAt = planner.nextAt();
    const waitMs = nextAt === null ? SCHEDULE_LIMITS.tickMs : Math.max(nextAt - clock.wallMs(), tokens < 1 ? 10 : 0);
    timer = setTimeout(tick, Math.min(Math.max(Math.ceil(waitMs), 0), SCHEDULE_LIMITS.tickMs));
  };

  const measureNow = async (targetId: string, check: Check): Promise<readonly LineResult[] | null> => {
    const parts = await Promise.all(
      seriesOf(check).map(
        (part) =>
          new Promise<LineResult | null>((resolve) => {
            const line = { targetId, series: part.series };
            const work = async (): Promise<void> => {
              const roundAt = clock.wallMs();
              const first = finish(line, roundAt, false, await measure(part.check));
              if (!isOverloaded(first) || stopping.signal.aborted) return resolve(first);
              await pause(SCHEDULE_LIMITS.remeasureAfterMs, stopping.signal);
              resolve(finish(line, roundAt, true, await measure(part.check)));
            };
            const refusal = orders.enter(null, () => work().finally(() => resolve(null)));
            if (refusal !== null) resolve(null);
          }),
      ),
    );
    const results = parts.filter((part) => part !== null);
    return results.length === parts.length ? results : null;
  };

  arm();
  return {
    setChecks: (checks) => {
      planner.setLines(linesOf(checks), clock.wallMs());
      arm();
    },
    measureNow,
    stats: () => ({
      lines: planner.size(),
      inFlight: gate.running() + orders.running(),
      measured,
      overloaded,
      skipped: { ...skipped, late: skipped.late + planner.leftOut() },
    }),
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      gate.close();
      orders.close();
      await Promise.all([gate.idle(), orders.idle()]);
    },
  };
}

function isOverloaded(found: { readonly errorCode: string | null }): boolean {
  return found.errorCode === 'probe-overloaded';
}

/** Waits; ends at once when the signal does. Unlike a timer of its own it leaves nothing behind. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
