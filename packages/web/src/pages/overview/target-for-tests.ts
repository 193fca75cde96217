import type { OverviewLine } from '@watchpost/contracts/api/quality';
import type { OverviewTarget } from './overview-target.ts';

export const lineForTests = (change: Partial<OverviewLine> = {}): OverviewLine => ({
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
  sparkline: [1],
  sparklineDown: [0],
  p95Ms: 1,
  availability: 1,
  coverage: 1,
  ...change,
});

export const targetForTests = (id: string, change: Partial<OverviewTarget> = {}): OverviewTarget => ({
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
  lines: [lineForTests()],
  ...change,
});
