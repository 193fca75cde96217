import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../clock/clock.ts';
import { createSimClock } from '../spool/testing/sim-clock.ts';
import { createLinkHealth } from './link-health.ts';

test.each([
  [0, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]],
  [0.999999, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
])('pauses double from the first to the most, with jitter %d', (random, pauses) => {
  const clock = createSimClock();
  const health = createLinkHealth({ clock, firstMs: 500, mostMs: 10_000, random: () => random });
  for (const [index, pause] of pauses.entries()) {
    health.failed('away', null);
    expect(health.pauseMs()).toBeCloseTo(pause, -1);
    expect(health.failures()).toBe(index + 1);
  }
  health.succeeded();
  expect([health.pauseMs(), health.failures(), health.lastError()]).toEqual([0, 0, null]);
});

test('a pause of the server counts instead, and passes', () => {
  const clock = createSimClock();
  const health = createLinkHealth({ clock, firstMs: 500, mostMs: 10_000, random: () => 0 });
  health.failed('busy', 60_000);
  expect(health.pauseMs()).toBe(60_000);
  clock.jump(3_600_000);
  expect(health.pauseMs()).toBe(60_000);
  clock.pass(59_000);
  expect(health.pauseMs()).toBe(1_000);
});

test('nobody is ready during a pause; waking and ending end it', async () => {
  const health = createLinkHealth({ clock: systemClock, firstMs: 60_000, mostMs: 60_000 });
  const stop = new AbortController();
  const answers: boolean[] = [];
  const ask = (): Promise<unknown> => health.ready(stop.signal).then((isReady) => answers.push(isReady));
  health.failed('away', null);
  const first = ask();
  await setImmediate();
  expect(answers).toEqual([]);
  health.wake();
  await first;
  health.failed('away', null);
  const second = ask();
  stop.abort();
  await second;
  expect(answers).toEqual([true, false]);
});
