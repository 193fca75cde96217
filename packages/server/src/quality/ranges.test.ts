import { expect, it } from 'vitest';
import { readList, readRange } from './ranges.ts';

const now = 1_800_000_000_000;

it('counts named ranges back from now; three hours when nothing is said', () => {
  expect(readRange({ range: 'day', tz: 'UTC' }, now)).toEqual({ from: now - 86_400_000, to: now, tz: 'UTC' });
  expect(readRange({ tz: 'Asia/Shanghai' }, now)).toEqual({ from: now - 10_800_000, to: now, tz: 'Asia/Shanghai' });
  expect(readRange({ from: now - 5, tz: 'UTC' }, now)).toEqual({ from: now - 5, to: now, tz: 'UTC' });
});

it.each([
  [{ from: 10, to: 10 }, 'to'],
  [{ to: 10 }, 'from'],
  [{ range: 'day' as const, from: 1, to: 2 }, 'range'],
  [{ from: 0, to: now }, 'from'],
  [{ tz: 'Moon/Sea' }, 'tz'],
])('names the field that is wrong in %j', (query, field) => {
  expect(() => readRange({ tz: 'UTC', ...query }, now)).toThrow(
    expect.objectContaining({ code: 'bad-request', issues: [expect.objectContaining({ field })] }),
  );
});

it('reads lists with commas', () => {
  expect(readList(' a, b,,c ')).toEqual(['a', 'b', 'c']);
  expect(readList('')).toEqual([]);
});
