import type { LineSeries, ResultsPage, StoredResult } from '@watchpost/contracts/api/quality';
import type { Outcome, Series } from '@watchpost/contracts/results/outcome';
import type { ResultId, ResultRecord } from '@watchpost/contracts/results/result';

/** Points in time are Unix milliseconds; ranges are half-open: `from <= t < to`. */
export type TimeRange = { readonly from: number; readonly to: number };

/** Records of one agent as they arrived in one batch: `vantage` and `agentId` are already checked. */
export type ResultBatch = {
  readonly agentId: string;
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  readonly records: readonly ResultRecord[];
};

export type Line = { readonly targetId: string; readonly vantage: string; readonly series: Series };

/** The newest result of a line and since when its outcome has been what it is. */
export type LatestResult = Line & {
  readonly outcome: Outcome;
  readonly since: number;
  readonly roundAt: number;
  readonly totalUs: number;
  readonly httpStatus: number | null;
  readonly errorCode: string | null;
  readonly errorText: string | null;
  readonly fault: string | null;
};

export type OverviewStatistics = Line & {
  /** Mean total per slot, ms. */
  readonly sparkline: (number | null)[];
  /** Share of the results that are down, per slot. */
  readonly sparklineDown: (number | null)[];
  readonly p95Ms: number | null;
  readonly availability: number | null;
  /** Results other than unknown in the range. */
  readonly count: number;
};

export type SeriesQuery = TimeRange & {
  readonly targetId: string;
  readonly vantages: readonly string[];
  readonly tz: string;
  readonly maxPoints: number;
  /** Seconds between the rounds of the target: what coverage is measured against. */
  readonly intervalS: number;
};

export type SeriesAnswer = {
  readonly bucketS: number;
  readonly tier: string;
  readonly buckets: readonly number[];
  readonly lines: readonly LineSeries[];
};

export type ResultsQuery = TimeRange & {
  readonly targetId: string;
  readonly vantages: readonly string[];
  readonly outcomes: readonly Outcome[];
  readonly errorCode: string | null;
  readonly search: string;
  readonly limit: number;
  readonly cursor: string | null;
};

/**
 * Where results are kept: one interface for the embedded engine and for a ClickHouse cluster.
 * Methods reject with `AppError` `unavailable` when the engine cannot answer now.
 */
export type TelemetryStore = {
  /**
   * Writes a batch durably. Resolves when it is on disk. Records whose (agent, epoch, sequence) are stored already are
   * left out, whatever batches they came in before: a repeat changes nothing. Gives the number of new records.
   */
  insertResults(batch: ResultBatch): Promise<{ readonly inserted: number }>;
  /** Newest result of every line, for the start of the server. */
  latest(): Promise<readonly LatestResult[]>;
  overview(query: TimeRange & { readonly slots: number }): Promise<readonly OverviewStatistics[]>;
  series(query: SeriesQuery): Promise<SeriesAnswer>;
  results(query: ResultsQuery): Promise<ResultsPage>;
  result(id: ResultId): Promise<StoredResult | null>;
  /** Streams the rows of an export, oldest first, without holding them all. */
  exportResults(query: Omit<ResultsQuery, 'limit' | 'cursor'>): AsyncIterable<StoredResult>;
  /** Brings rollups up to date with all that was inserted before the call. */
  rollUp(): Promise<void>;
  /** Removes what is older than its tier's retention. */
  enforceRetention(now: number): Promise<void>;
  /** Removes all results of a target. */
  deleteTarget(targetId: string): Promise<void>;
  /** Figures for /metrics and the page. */
  statistics(): Promise<{ readonly rawRows: number; readonly diskBytes: number; readonly rollupLagS: number }>;
  isReady(): Promise<boolean>;
  close(): Promise<void>;
};
