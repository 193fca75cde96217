import type { ScheduledCheck } from '@watchpost/contracts/agents/agent-wire';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BLANK_OBSERVATION, type Measurement } from '../probers/prober.ts';
import { type LineResult, SCHEDULE_LIMITS, startScheduler } from './scheduler.ts';

const START = Date.UTC(2026, 4, 1);

/** A measurement with a chosen outcome; the scheduler looks at nothing else. */
function measurement(errorCode: Measurement['errorCode'] = null): Measurement {
  const { failure: _f, headers: _h, body: _b, answers: _a, lossRatio: _l, hops: _hops, ...facts } = BLANK_OBSERVATION;
  const outcome = errorCode === null ? 'up' : 'unknown';
  return {
    ...facts,
    hops: [],
    kind: 'icmp',
    startedAt: Date.now(),
    outcome,
    fault: null,
    errorCode,
    errorText: null,
    speedDownload: 0,
    speedTransfer: null,
  };
}

const scheduled = (targetId: string, intervalS: number, ipFamily: 'any' | 'both' = 'any'): ScheduledCheck => ({
  targetId,
  intervalS,
  check: checkSchema.parse({ kind: 'icmp', host: '127.0.0.1', ipFamily }),
});

/** The scheduler on simulated timers and clocks, with measurements that take a chosen time. */
function setUp(options: {
  takesMs?: number;
  maxInFlight?: number;
  measure?: () => Promise<Measurement>;
  isBlocked?: () => boolean;
}) {
  const results: LineResult[] = [];
  const measure =
    options.measure ??
    (() => new Promise<Measurement>((resolve) => setTimeout(() => resolve(measurement()), options.takesMs ?? 10)));
  const scheduler = startScheduler({
    clock: { wallMs: () => Date.now(), monotonicUs: () => performance.now() * 1_000 },
    measure,
    onResult: (result) => results.push(result),
    onFailure: (error) => {
      throw error;
    },
    ...(options.maxInFlight === undefined ? {} : { maxInFlight: options.maxInFlight }),
    ...(options.isBlocked === undefined ? {} : { isBlocked: options.isBlocked }),
  });
  return { scheduler, results };
}

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('scheduler', () => {
  it('measures each series in each round, and stops', async () => {
    const { scheduler, results } = setUp({});
    scheduler.setChecks([scheduled('a', 5), scheduled('b', 10, 'both')]);
    await vi.advanceTimersByTimeAsync(60_000);
    const counts = Object.groupBy(results, ({ targetId, series }) => `${targetId}/${series}`);
    expect(Object.fromEntries(Object.entries(counts).map(([key, found]) => [key, found?.length]))).toEqual({
      'a/any': 12,
      'b/v4': 6,
      'b/v6': 6,
    });
    const stopped = scheduler.stop();
    await vi.advanceTimersByTimeAsync(100);
    await stopped;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(results.length).toBe(24);
  });

  it('never overlaps a check with itself', async () => {
    const { scheduler, results } = setUp({ takesMs: 12_000 });
    scheduler.setChecks([scheduled('a', 5)]);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(results.length).toBe(4);
    expect(scheduler.stats().skipped.overlap).toBeGreaterThanOrEqual(7);
    expect(new Set(results.map(({ roundAt }) => roundAt)).size).toBe(4);
  });

  it('keeps a bounded number in flight, and counts what found no place', async () => {
    let running = 0;
    let most = 0;
    const { scheduler } = setUp({
      maxInFlight: 5,
      measure: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        running--;
        return measurement();
      },
    });
    scheduler.setChecks(Array.from({ length: 100 }, (_, index) => scheduled(`t${index}`, 5)));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(most).toBe(5);
    expect(scheduler.stats().skipped.full).toBeGreaterThan(500);
  });

  it('measures an overloaded round again, once', async () => {
    const { scheduler, results } = setUp({ measure: async () => measurement('probe-overloaded') });
    scheduler.setChecks([scheduled('a', 10)]);
    await vi.advanceTimersByTimeAsync(30_500);
    const rounds = Map.groupBy(results, ({ roundAt }) => roundAt);
    const whole = [...rounds.values()].slice(0, 2);
    for (const found of whole) expect(found.map(({ remeasured }) => remeasured)).toEqual([false, true]);
    expect(scheduler.stats().overloaded).toBe(results.length);
  });

  it('does not measure while results are not taken away', async () => {
    let isBlocked = true;
    const { scheduler, results } = setUp({ isBlocked: () => isBlocked });
    scheduler.setChecks([scheduled('a', 5)]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(results).toEqual([]);
    expect(scheduler.stats().skipped.backlog).toBe(4);
    isBlocked = false;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(results.length).toBe(4);
  });

  it('goes on after the clock jumped in either direction, without measuring a round twice', async () => {
    const { scheduler, results } = setUp({});
    scheduler.setChecks([scheduled('a', 5)]);
    await vi.advanceTimersByTimeAsync(20_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(results.length).toBe(8);
    expect(scheduler.stats().skipped.late).toBeGreaterThan(700);
    vi.setSystemTime(Date.now() - 30_000);
    await vi.advanceTimersByTimeAsync(60_000);
    const rounds = results.map(({ roundAt }) => roundAt);
    expect(new Set(rounds).size).toBe(rounds.length);
    expect(results.length).toBeGreaterThanOrEqual(13);
  });

  it('starts many checks of rare rounds that fall together', async () => {
    const { scheduler, results } = setUp({ takesMs: 1 });
    scheduler.setChecks(Array.from({ length: 300 }, (_, index) => scheduled(`t${index}`, 86_400)));
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(results.length).toBe(300);
    expect(SCHEDULE_LIMITS.burst).toBeGreaterThan(0);
  });

  it('measures out of turn, a result for each series', async () => {
    const { scheduler } = setUp({});
    const asked = scheduler.measureNow('test', scheduled('x', 5, 'both').check);
    await vi.advanceTimersByTimeAsync(100);
    expect((await asked)?.map(({ series }) => series)).toEqual(['v4', 'v6']);
  });
});
