import type { CommandLine } from '@watchpost/contracts/api/audit';
import { expect, test } from 'vitest';
import { addLive, EMPTY_BUFFER, LIVE_LINES } from './live-buffer.ts';

const line = (id: string, at = 1) => ({ id, at, exitCode: null, endedAt: null, durationUs: null }) as CommandLine;

test('an end completes its line, a repeat is left out, what was skipped is counted', () => {
  const first = addLive(EMPTY_BUFFER, [{ commands: [line('a'), line('b')], ends: [], skipped: 2 }]);
  const next = addLive(first, [
    { commands: [line('b'), line('c')], ends: [{ id: 'a', endedAt: 9, exitCode: 3, durationUs: 5 }], skipped: 1 },
  ]);
  expect(next.lines.map(({ id, exitCode }) => [id, exitCode])).toEqual([
    ['a', 3],
    ['b', null],
    ['c', null],
  ]);
  expect(next.skipped).toBe(3);
  expect(addLive(next, [{ commands: [line('late', 0), line('d', 7)], ends: [], skipped: 0 }]).newestAt).toBe(7);
});

test('an end that comes with its start in one event is put in, and the oldest lines go', () => {
  const many = Array.from({ length: LIVE_LINES + 10 }, (_, index) => line(`n${index}`));
  const { lines } = addLive(EMPTY_BUFFER, [
    { commands: many, ends: [{ id: 'n5009', endedAt: 1, exitCode: 0, durationUs: 1 }], skipped: 0 },
  ]);
  expect(lines.length).toBe(LIVE_LINES);
  expect(lines[0]?.id).toBe('n10');
  expect(lines.at(-1)?.exitCode).toBe(0);
});
