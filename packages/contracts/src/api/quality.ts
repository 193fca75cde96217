import { z } from 'zod';
import { errorCodes } from '../results/error-codes.ts';
import { outcomeSchema, seriesSchema } from '../results/outcome.ts';
import { resultSchema } from '../results/result.ts';
import { targetSchema } from '../targets/target.ts';

/** Ranges the page offers, in seconds back from now. A custom range gives `from` and `to`. */
export const RANGES = { '3h': 10_800, day: 86_400, week: 604_800, month: 2_678_400, year: 31_622_400 } as const;
export type RangeName = keyof typeof RANGES;

/**
 * A range in a query string: `range` (back from now), or `from` and `to` as Unix ms. `tz` is an IANA zone: buckets of
 * an hour and more begin where hours and days begin there.
 */
export const rangeQuerySchema = z.object({
  range: z.enum(['3h', 'day', 'week', 'month', 'year']).optional(),
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
  tz: z.string().max(64).default('UTC'),
});

/** State of one line (target × vantage × series). */
export const lineStateSchema = z.object({
  vantage: z.string(),
  series: seriesSchema,
  /** Outcome of the newest result; unknown when it is older than three intervals. */
  outcome: outcomeSchema,
  since: z.int().nullable(),
  lastAt: z.int().nullable(),
  totalUs: z.int().nullable(),
  httpStatus: z.int().nullable(),
  errorCode: z.enum(errorCodes as [string, ...string[]]).nullable(),
  errorText: z.string().nullable(),
  fault: z.string().nullable(),
});
export type LineState = z.infer<typeof lineStateSchema>;

export const overviewLineSchema = lineStateSchema.extend({
  /** Mean total per slot of the range in ms, oldest first; null: no data. 24 to 60 slots. */
  sparkline: z.array(z.number().nullable()),
  /** Share of not-up results per slot; null: no data. Same length. */
  sparklineDown: z.array(z.number().nullable()),
  p95Ms: z.number().nullable(),
  /** up + degraded over all but unknown; null: no data. */
  availability: z.number().nullable(),
  /** Measured rounds over expected rounds, 0…1. */
  coverage: z.number().nullable(),
});
export type OverviewLine = z.infer<typeof overviewLineSchema>;

/** `GET /api/v1/overview?range=…`: what is down comes first. */
export const overviewSchema = z.object({
  from: z.int(),
  to: z.int(),
  slotS: z.int(),
  targets: z.array(targetSchema.extend({ outcome: outcomeSchema, lines: z.array(overviewLineSchema) })),
});
export type Overview = z.infer<typeof overviewSchema>;

const points = z.array(z.number().nullable());

/** Columns over the buckets of a {@link seriesResponseSchema}; times in ms, null: no data. */
export const lineSeriesSchema = z.object({
  vantage: z.string(),
  series: seriesSchema,
  count: z.array(z.int()),
  /** Means of the phases: they add up to the mean total. */
  phases: z.object({
    redirectUs: points,
    dnsUs: points,
    connectUs: points,
    tlsUs: points,
    requestUs: points,
    waitUs: points,
    receiveUs: points,
  }),
  totalAvg: points,
  totalMin: points,
  totalMax: points,
  p50: points,
  p90: points,
  p95: points,
  p99: points,
  /** Bytes per second over the total time, mean, min, max. */
  speedAvg: points,
  speedMin: points,
  speedMax: points,
  /** 0…1: up + degraded over all but unknown. */
  availability: points,
  /** 0…1: measured rounds over expected rounds. */
  coverage: points,
  down: z.array(z.int()),
  degraded: z.array(z.int()),
  unknown: z.array(z.int()),
  /** For the legend: over the whole range. `last` is the newest bucket with data. */
  legend: z.record(
    z.string(),
    z.object({ last: z.number().nullable(), avg: z.number().nullable(), max: z.number().nullable(), min: z.number().nullable() }),
  ),
  summary: z.object({
    count: z.int(),
    availability: z.number().nullable(),
    coverage: z.number().nullable(),
    p50: z.number().nullable(),
    p90: z.number().nullable(),
    p95: z.number().nullable(),
    p99: z.number().nullable(),
  }),
});
export type LineSeries = z.infer<typeof lineSeriesSchema>;

export const seriesQuerySchema = rangeQuerySchema.extend({
  /** Width of the chart in pixels: not more points than this come back. */
  points: z.coerce.number().int().min(10).max(4000).default(800),
  /** Comma-separated vantage codes; empty: all of the target. */
  vantages: z.string().max(2048).default(''),
});

/** `GET /api/v1/targets/:id/series` */
export const seriesResponseSchema = z.object({
  targetId: z.string(),
  from: z.int(),
  to: z.int(),
  tz: z.string(),
  /** Length of a bucket in seconds (a day may have 23 or 25 hours). */
  bucketS: z.int(),
  /** Which table answered: raw, 1m, 5m, 30m, 1d. */
  tier: z.string(),
  /** Start of each bucket, Unix ms. */
  buckets: z.array(z.int()),
  lines: z.array(lineSeriesSchema),
  gaps: z.array(z.object({ vantage: z.string(), from: z.int(), to: z.int(), records: z.int(), reason: z.string() })),
});
export type SeriesResponse = z.infer<typeof seriesResponseSchema>;

/** A stored result: what the agent sent, with its identity and when it arrived. */
export const storedResultSchema = resultSchema.extend({ id: z.string(), receivedAt: z.int() });
export type StoredResult = z.infer<typeof storedResultSchema>;

export const resultsQuerySchema = rangeQuerySchema.extend({
  vantages: z.string().max(2048).default(''),
  outcome: z.string().max(64).default(''),
  errorCode: z.string().max(64).default(''),
  /** Substring of the error text, address or status. */
  search: z.string().max(200).default(''),
  limit: z.coerce.number().int().min(1).max(500).default(15),
  /** `next` of the page before. */
  cursor: z.string().max(128).default(''),
});

/** `GET /api/v1/targets/:id/results`: newest first. */
export const resultsPageSchema = z.object({ results: z.array(storedResultSchema), next: z.string().nullable() });
export type ResultsPage = z.infer<typeof resultsPageSchema>;

/** Kinds of chart picture: `GET /api/v1/targets/:id/charts/:kind.svg` and `.png`. */
export const chartKindSchema = z.enum(['response-time', 'percentiles', 'compare', 'speed', 'availability']);
export type ChartKind = z.infer<typeof chartKindSchema>;
export const chartQuerySchema = rangeQuerySchema.extend({
  vantages: z.string().max(2048).default(''),
  width: z.coerce.number().int().min(200).max(4000).default(960),
  height: z.coerce.number().int().min(100).max(2000).default(320),
  theme: z.enum(['light', 'dark']).default('light'),
  lang: z.enum(['en', 'zh']).default('en'),
});
