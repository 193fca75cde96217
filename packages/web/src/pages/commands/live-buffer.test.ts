import type { CommandLine } from '@watchpost/contracts/api/audit';
import { expect, test } from 'vitest';
import { createLiveLines, LIVE_LINES } from './live-buffer.ts';

const line = (id: string, at = 1) => ({ id, at, exitCode: null, endedAt: null, durationUs: null }) as CommandLine;

test('an end completes its line, a repeat is left out, what was skipped is counted', () => {
  const live = createLiveLines();
  const first = live.add([{ commands: [line('a'), line('b')], ends: [], skipped: 2 }]);
  const next = live.add([
    { commands: [line('b'), line('c')], ends: [{ id: 'a', endedAt: 9, exitCode: 3, durationUs: 5 }], skipped: 1 },
  ]);
  expect(next.lines.map(({ id, exitCode }) => [id, exitCode])).toEqual([
    ['a', 3],
    ['b', null],
    ['c', null],
  ]);
  expect(first.lines[0]?.exitCode).toBeNull();
  expect(next.lines[1]).toBe(first.lines[1]);
  expect(next.skipped).toBe(3);
  expect(live.add([{ commands: [line('late', 0), line('d', 7)], ends: [], skipped: 0 }]).newestAt).toBe(7);
});

test('an end that comes with its start in one event is put in, and the oldest lines go', () => {
  const live = createLiveLines();
  const many = Array.from({ length: LIVE_LINES + 10 }, (_, index) => line(`n${index}`));
  const end = (id: string) => ({ id, endedAt: 1, exitCode: 0, durationUs: 1 });
  const { lines, left } = live.add([{ commands: many, ends: [end('n5009')], skipped: 0 }]);
  expect(lines.length).toBe(LIVE_LINES);
  expect(left).toBe(10);
  expect(lines[0]?.id).toBe('n10');
  expect(lines.at(-1)?.exitCode).toBe(0);
  const later = live.add([{ commands: [line('last')], ends: [end('n5'), end('n10'), end('n11')], skipped: 0 }]);
  expect(later.left).toBe(11);
  expect(later.lines[0]).toMatchObject({ id: 'n11', exitCode: 0 });
  expect(later.lines.at(-1)?.id).toBe('last');
});

test('cleared, it begins anew and knows the time of the newest', () => {
  const live = createLiveLines();
  live.add([{ commands: [line('a', 5)], ends: [], skipped: 4 }]);
  expect(live.clear()).toEqual({ lines: [], left: 0, newestAt: 5, skipped: 0 });
  expect(live.add([{ commands: [line('a', 5)], ends: [], skipped: 0 }]).lines.length).toBe(1);
});

test('what comes together from several hosts is in the order of its time; what stands already does not move', () => {
  const live = createLiveLines();
  live.add([{ commands: [line('shown', 50)], ends: [], skipped: 0 }]);
  const { lines, newestAt } = live.add([
    { commands: [line('a1', 10), line('a2', 30), line('a3', 30)], ends: [], skipped: 0 },
    {
      commands: [line('b1', 20), line('b2', 40)],
      ends: [{ id: 'a2', endedAt: 31, exitCode: 4, durationUs: 1 }],
      skipped: 0,
    },
  ]);
  expect(lines.map(({ id }) => id)).toEqual(['shown', 'a1', 'b1', 'a2', 'a3', 'b2']);
  expect(lines[3]?.exitCode).toBe(4);
  expect(newestAt).toBe(50);
});
