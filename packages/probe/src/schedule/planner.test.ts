import { checkSchema } from '@watchpost/contracts/targets/check';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Line } from './lines.ts';
import { createPlanner, type DueLine, toleranceMs } from './planner.ts';
import { MAX_CLOCK_BACK_MS, nextDue, phaseOffsetMs } from './rounds.ts';

const START = Date.UTC(2026, 4, 1, 12, 0, 1);
const DAY_MS = 86_400_000;
const check = checkSchema.parse({ kind: 'icmp', host: '127.0.0.1' });
const line = (targetId: string, intervalMs: number): Line => ({
  key: `${targetId}/any`,
  targetId,
  series: 'any',
  intervalMs,
  check,
});

/** Runs a planner over simulated time, tick by tick, with what happens between. */
function simulate(options: {
  readonly lines: readonly Line[];
  readonly durationMs: number;
  readonly stepMs: (tick: number) => number;
  /** Wall clock jump before this tick, ms. */
  readonly jumpMs?: (tick: number) => number;
  readonly limit?: number;
}) {
  const planner = createPlanner();
  const taken: (DueLine & { readonly atMs: number })[] = [];
  let nowMs = START;
  let elapsedMs = 0;
  planner.setLines(options.lines, nowMs);
  for (let tick = 0; elapsedMs < options.durationMs; tick++) {
    const step = options.stepMs(tick);
    const jump = options.jumpMs?.(tick) ?? 0;
    elapsedMs += step;
    nowMs += step + jump;
    if (Math.abs(jump) > 250) planner.clockJumped(nowMs);
    for (const due of planner.take(nowMs, options.limit ?? Number.POSITIVE_INFINITY)) taken.push({ ...due, atMs: nowMs });
  }
  return { taken, planner, endMs: nowMs };
}

const byKey = <T extends DueLine>(taken: readonly T[]) => Map.groupBy(taken, ({ line: { key } }) => key);

describe('planner', () => {
  it('measures every round exactly once over two days, without drift', () => {
    const lines = [line('a', 5_000), line('b', 60_000), line('c', 7_000), line('d', 86_400_000)];
    const { taken, planner } = simulate({ lines, durationMs: 2 * DAY_MS, stepMs: (tick) => 90 + ((tick * 7) % 120) });
    for (const { line: of, roundAt, dueAt, atMs } of taken) {
      expect(roundAt % of.intervalMs).toBe(0);
      expect(dueAt - roundAt).toBe(phaseOffsetMs(of.key, of.intervalMs));
      expect(atMs - dueAt).toBeGreaterThanOrEqual(0);
      expect(atMs - dueAt).toBeLessThan(250);
    }
    for (const [, rounds] of byKey(taken)) {
      const first = rounds[0]!;
      rounds.forEach(({ roundAt }, index) => expect(roundAt).toBe(first.roundAt + index * first.line.intervalMs));
      expect(rounds.length).toBeGreaterThanOrEqual(Math.floor((2 * DAY_MS) / first.line.intervalMs));
    }
    expect(planner.leftOut()).toBe(0);
  });

  it('holds its rules whatever the ticks, stalls and clock jumps', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 5, max: 300 }), { minLength: 1, maxLength: 20 }),
        fc.array(
          fc.record({
            stepMs: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 300 }) }, fc.integer({ min: 300, max: 600_000 })),
            jumpMs: fc.oneof(
              { weight: 20, arbitrary: fc.constant(0) },
              fc.integer({ min: -MAX_CLOCK_BACK_MS, max: MAX_CLOCK_BACK_MS }),
              fc.integer({ min: -200, max: 200 }),
            ),
          }),
          { minLength: 50, maxLength: 400 },
        ),
        (intervals, ticks) => {
          const lines = intervals.map((seconds, index) => line(`t${index}`, seconds * 1_000));
          // All jumps together go back by no more than the limit: beyond it the clock counts as newly set.
          let belowPeakMs = 0;
          const jumps = ticks.map(({ stepMs, jumpMs }) => {
            const allowed = Math.max(jumpMs, belowPeakMs - MAX_CLOCK_BACK_MS);
            belowPeakMs = Math.max(0, belowPeakMs - stepMs - allowed);
            return allowed;
          });
          const { taken } = simulate({
            lines,
            durationMs: ticks.reduce((sum, { stepMs }) => sum + stepMs, 0),
            stepMs: (tick) => ticks[tick]?.stepMs ?? 100,
            jumpMs: (tick) => jumps[tick] ?? 0,
          });
          for (const [, rounds] of byKey(taken)) {
            rounds.forEach((due, index) => {
              const lateMs = due.atMs - due.dueAt;
              if (lateMs < 0 || lateMs > toleranceMs(due.line.intervalMs)) throw new Error(`late by ${lateMs} ms`);
              const before = rounds[index - 1];
              if (before !== undefined && due.roundAt <= before.roundAt) throw new Error('a round was measured twice');
            });
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('counts the rounds that a stall left out, and starts no bunch after it', () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => line(`t${index}`, 10_000));
    const { taken, planner } = simulate({
      lines,
      durationMs: 100_000,
      stepMs: (tick) => (tick === 500 ? 35_000 : 10),
    });
    const perTick = Map.groupBy(taken, ({ atMs }) => atMs);
    // A thousand checks in 10 s are one in 10 ms; a second of them may be late, not the 3,500 of the stall.
    expect(Math.max(...[...perTick.values()].map((due) => due.length))).toBeLessThan(150);
    expect(taken.length + planner.leftOut()).toBeGreaterThanOrEqual(10_000 - 10);
    expect(taken.length + planner.leftOut()).toBeLessThanOrEqual(10_000 + 10);
  });

  it('gives no more than the limit at a time, and leaves out what waits too long', () => {
    const lines = Array.from({ length: 100 }, (_, index) => line(`t${index}`, 60_000));
    const { taken } = simulate({ lines, durationMs: 600_000, stepMs: () => 100, limit: 1 });
    for (const { atMs, dueAt } of taken) expect(atMs - dueAt).toBeLessThanOrEqual(1_000);
    expect(new Set(taken.map(({ atMs }) => atMs)).size).toBe(taken.length);
  });

  it('spreads checks evenly over the interval', () => {
    const offsets = Array.from({ length: 10_000 }, (_, index) => phaseOffsetMs(`target-${index}/any`, 10_000));
    const bins = Array.from({ length: 20 }, () => 0);
    for (const offset of offsets) bins[Math.floor(offset / 500)]!++;
    for (const count of bins) expect(Math.abs(count - 500)).toBeLessThan(120);
  });

  it('measures a new check within its interval, and goes on with those that stay', () => {
    const planner = createPlanner();
    const a = line('a', 60_000);
    planner.setLines([a], START);
    const plannedAt = planner.nextAt();
    planner.setLines([a, line('b', 5_000)], START + 1_000);
    expect(planner.nextAt()).toBeLessThanOrEqual(START + 6_000);
    planner.setLines([a], START + 2_000);
    expect(planner.nextAt()).toBe(plannedAt);
    planner.setLines([], START + 3_000);
    expect(planner.nextAt()).toBeNull();
    expect(planner.size()).toBe(0);
  });

  it('does not measure a round again when the check changes', () => {
    const planner = createPlanner();
    const a = line('a', 5_000);
    planner.setLines([a], START);
    const first = planner.take(planner.nextAt()!, 10)[0]!;
    planner.setLines([{ ...a, check: { ...check, rules: [] } }], first.dueAt + 1);
    expect(planner.nextAt()).toBe(first.dueAt + 5_000);
  });
});

describe('nextDue', () => {
  it('waits for new rounds after the clock went back, but not for ever', () => {
    const base = { intervalMs: 60_000, offsetMs: 0 };
    const lastRoundAt = START - (START % 60_000);
    const back = nextDue({ ...base, lastRoundAt, nowMs: lastRoundAt - 600_000 });
    expect(back.roundAt).toBe(lastRoundAt + 60_000);
    const farBack = nextDue({ ...base, lastRoundAt, nowMs: lastRoundAt - 10 * 365 * DAY_MS });
    expect(farBack.roundAt).toBe(lastRoundAt - 10 * 365 * DAY_MS);
  });
});
