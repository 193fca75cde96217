import type { LineSeries, SeriesResponse } from '@watchpost/contracts/api/quality';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 10, 22, 0, 0, 0);

/** A line with data in every bucket but those of `gaps`. */
export function lineForTests(vantage: string, count: number, gaps: readonly number[] = []): LineSeries {
  const column = (value: (index: number) => number | null): (number | null)[] =>
    Array.from({ length: count }, (_, index) => (gaps.includes(index) ? null : value(index)));
  const dns = column((index) => 2 + (index % 3));
  const connect = column((index) => 5 + (index % 5));
  const wait = column((index) => 20 + (index % 7));
  const receive = column(() => 1.5);
  const total = column((index) => (dns[index] ?? 0) + (connect[index] ?? 0) + (wait[index] ?? 0) + (receive[index] ?? 0));
  const times = (factor: number): (number | null)[] => total.map((value) => (value === null ? null : value * factor));
  const counts = (value: number): number[] => Array.from({ length: count }, (_, index) => (gaps.includes(index) ? 0 : value));
  return {
    vantage,
    series: 'any',
    count: counts(10),
    phases: {
      redirectUs: column(() => null),
      dnsUs: dns,
      connectUs: connect,
      tlsUs: column(() => null),
      requestUs: column(() => 0),
      waitUs: wait,
      receiveUs: receive,
    },
    totalAvg: total,
    totalMin: times(0.5),
    totalMax: times(3),
    p50: times(0.9),
    p90: times(1.4),
    p95: times(1.8),
    p99: times(2.5),
    speedAvg: times(1000),
    speedMin: times(500),
    speedMax: times(1500),
    availability: column(() => 0.8),
    coverage: column(() => 1),
    down: counts(2),
    degraded: counts(1),
    unknown: counts(1),
    legend: {},
    summary: { count: 10 * count, availability: 0.8, coverage: 1, p50: 30, p90: 45, p95: 50, p99: 60 },
  };
}

/** Hourly buckets from 2026-11-22 00:00 UTC. */
export function seriesForTests(lines: readonly LineSeries[], count: number, tz = 'UTC'): SeriesResponse {
  return {
    targetId: 'shop',
    from: START,
    to: START + count * HOUR_MS,
    tz,
    bucketS: 3600,
    tier: '5m',
    buckets: Array.from({ length: count }, (_, index) => START + index * HOUR_MS),
    lines: [...lines],
    gaps: [],
  };
}
