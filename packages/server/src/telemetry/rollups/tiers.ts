/** How long a table keeps its rows is set by one of these names. */
export type RetentionName = 'raw' | '1m' | '5m' | '30m' | '1d';

/** A rollup table: buckets of `seconds`, made from the table `from`. */
export type Tier = {
  readonly name: '1m' | '5m' | '30m' | '1h' | '4h' | '12h' | '1d';
  readonly table: string;
  readonly seconds: number;
  readonly from: string | null;
  /** What one partition holds: enough that a chart reads few of them, little enough that old ones can be dropped. */
  readonly partition: 'day' | 'month' | 'year';
  readonly kept: RetentionName;
  /** After much was written at once each partition is merged into one part: a chart reads a few rows of every part. */
  readonly settles?: boolean;
};

/**
 * From fine to coarse. The first two are made from the results, the others from the tier named in `from`: it has a
 * partition for each day, so that an update reads no more than a day of it.
 */
export const TIERS: readonly Tier[] = [
  { name: '1m', table: 'results_1m', seconds: 60, from: null, partition: 'day', kept: '1m' },
  { name: '5m', table: 'results_5m', seconds: 300, from: null, partition: 'day', kept: '5m' },
  { name: '30m', table: 'results_30m', seconds: 1_800, from: 'results_5m', partition: 'month', kept: '30m' },
  // Half as many rows in a twelfth of the partitions: what makes the chart of some months quick.
  { name: '1h', table: 'results_1h', seconds: 3_600, from: 'results_5m', partition: 'year', kept: '30m' },
  // What makes the overview of a month quick.
  { name: '4h', table: 'results_4h', seconds: 14_400, from: 'results_5m', partition: 'year', kept: '30m' },
  // What makes the chart of a year quick.
  { name: '12h', table: 'results_12h', seconds: 43_200, from: 'results_5m', partition: 'year', kept: '30m', settles: true },
  { name: '1d', table: 'results_1d', seconds: 86_400, from: 'results_5m', partition: 'year', kept: '1d' },
];

/** Partition of a tier as SQL of its column `bucket`: a number whose first digits are the year. */
export const PARTITION_SQL: Readonly<Record<Tier['partition'], string>> = {
  day: 'toYYYYMMDD(bucket)',
  month: 'toYYYYMM(bucket)',
  year: 'toYear(bucket)',
};

/** Digits of the number of a partition. */
export const PARTITION_DIGITS: Readonly<Record<Tier['partition'], number>> = { day: 8, month: 6, year: 4 };

const DAY_MS = 86_400_000;

/** How long each table keeps its rows, ms; null: for ever. */
export type Retention = Readonly<Record<RetentionName, number | null>>;

export const DEFAULT_RETENTION: Retention = {
  raw: 30 * DAY_MS,
  '1m': 30 * DAY_MS,
  '5m': 400 * DAY_MS,
  '30m': 1_826 * DAY_MS,
  '1d': null,
};
