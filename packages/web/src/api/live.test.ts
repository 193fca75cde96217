import type { Overview } from '@watchpost/contracts/api/quality';
import { expect, test } from 'vitest';
import { patchOverview } from './live.ts';

const state = {
  vantage: 'ct',
  series: 'any',
  outcome: 'up',
  since: 1,
  lastAt: 1,
  totalUs: 5,
  httpStatus: 200,
  errorCode: null,
  errorText: null,
  fault: null,
} as const;
const target = (id: string): Overview['targets'][number] => ({
  id,
  name: id,
  check: {
    kind: 'icmp',
    host: 'h',
    count: 3,
    ipFamily: 'any',
    resolver: null,
    connectTimeoutMs: 1,
    totalTimeoutMs: 1,
    rules: [],
  },
  vantages: ['ct'],
  intervalS: 60,
  paused: false,
  group: '',
  labels: {},
  alarmMs: null,
  source: 'page',
  createdAt: 0,
  updatedAt: 0,
  outcome: 'up',
  lines: [{ ...state, sparkline: [1], sparklineDown: [0], p95Ms: 1, availability: 1, coverage: 1 }],
});
const overview: Overview = { from: 0, to: 1, slotS: 60, targets: [target('a'), target('b')] };

test('a pushed state is put in and keeps the figures; other targets stay the very same objects', () => {
  const patched = patchOverview(overview, [{ ...state, targetId: 'b', outcome: 'down', totalUs: 9 }]);
  expect(patched.targets[1]).toMatchObject({ outcome: 'down', lines: [{ outcome: 'down', totalUs: 9, p95Ms: 1 }] });
  expect(patched.targets[0]).toBe(overview.targets[0]);
  expect(patched.targets[1]!.lines[0]).not.toHaveProperty('targetId');
});

test('an event of something else leaves the very same object', () => {
  expect(patchOverview(overview, [{ ...state, targetId: 'z' }])).toBe(overview);
});
