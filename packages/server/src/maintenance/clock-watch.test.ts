import { createLog } from '@watchpost/runtime/log/log';
import { expect, it } from 'vitest';
import { createClockWatch } from './clock-watch.ts';

it('lets nothing be forgotten for a day after the clock has jumped, either way', () => {
  let wallMs = 1_000_000_000_000;
  let monotonicMs = 5;
  const log = createLog({ name: 'test', level: 'silent' });
  const mayForget = createClockWatch({ clock: { wallMs: () => wallMs, monotonicUs: () => monotonicMs * 1_000 }, log });
  const pass = (hours: number, jumpHours = 0) => {
    monotonicMs += hours * 3_600_000;
    wallMs += (hours + jumpHours) * 3_600_000;
    return mayForget();
  };
  expect(mayForget()).toBe(true);
  expect(pass(1)).toBe(true);
  expect(pass(1, 1)).toBe(true);
  expect(pass(1, 24 * 365)).toBe(false);
  expect(pass(1, -24 * 365)).toBe(false);
  expect(pass(23)).toBe(false);
  expect(pass(1)).toBe(true);
});
