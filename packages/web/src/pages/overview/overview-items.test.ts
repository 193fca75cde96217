import { expect, test } from 'vitest';
import { filterTargets } from './filter-targets.ts';
import { countStates, HEIGHTS, itemHeight, orderTargets, overviewItems } from './overview-items.ts';
import { lineForTests, targetForTests } from './target-for-tests.ts';

const down = lineForTests({ outcome: 'down' });
const up = lineForTests({ vantage: 'cnc' });
const targets = [
  targetForTests('fine', { group: 'a' }),
  targetForTests('paused', { paused: true, outcome: 'unknown', group: 'b' }),
  targetForTests('partly', { outcome: 'down', lines: [down, up], group: 'b' }),
  targetForTests('silent', { outcome: 'unknown', lines: [lineForTests({ outcome: 'unknown' })], group: 'a' }),
  targetForTests('slow', { outcome: 'degraded', lines: [lineForTests({ outcome: 'degraded' })] }),
  targetForTests('wholly', { outcome: 'down', lines: [down, down], group: 'a' }),
];

test('the worst comes first, and what fails from more vantage points before what fails from fewer', () => {
  expect(orderTargets(targets).map(({ id }) => id)).toEqual(['wholly', 'partly', 'slow', 'silent', 'fine', 'paused']);
});

test('equals keep their order', () => {
  const equals = ['c', 'a', 'b'].map((id) => targetForTests(id));
  expect(orderTargets(equals).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
});

test('by group: the group of the worst target first, each with the counts of its own', () => {
  const items = overviewItems(targets, true);
  expect(items.map(({ key }) => key)).toEqual([
    'group a',
    'target wholly',
    'target silent',
    'target fine',
    'group b',
    'target partly',
    'target paused',
    'group ',
    'target slow',
  ]);
  expect(items[0]).toMatchObject({ counts: { down: 1, degraded: 0, unknown: 1, up: 1, paused: 0 } });
});

test('the counts add up to all, and each count is what its filter shows', () => {
  const counts = countStates(targets);
  expect(counts).toEqual({ down: 2, degraded: 1, unknown: 1, up: 1, paused: 1 });
  for (const [state, count] of Object.entries(counts)) expect(filterTargets(targets, { state })).toHaveLength(count);
});

test('a row of the phone is higher by a line for each trouble, but not when the target is paused', () => {
  const height = (change: Parameters<typeof targetForTests>[1]) =>
    itemHeight({ kind: 'target', key: '', target: targetForTests('x', change) }, 'small');
  const { line, trouble, around } = HEIGHTS.small;
  expect(height({ lines: [up, up] })).toBe(around + 2 * line);
  expect(height({ lines: [down, up] })).toBe(around + 2 * line + trouble);
  expect(height({ lines: [down, up], paused: true })).toBe(around + 2 * line);
  expect(height({ lines: [] })).toBe(around + line);
});
