/** A rollup table: buckets of `seconds`, made from the table `from`. */
export type Tier = {
  readonly name: '1m' | '5m' | '30m' | '1d';
  readonly table: string;
  readonly seconds: number;
  readonly from: string | null;
};

/**
 * From fine to coarse. The first two are made from the results, the others from the tier named in `from`: it has a
 * partition for each day, so that an update reads no more than a day of it.
 */
export const TIERS: readonly Tier[] = [
  { name: '1m', table: 'results_1m', seconds: 60, from: null },
  { name: '5m', table: 'results_5m', seconds: 300, from: null },
  { name: '30m', table: 'results_30m', seconds: 1_800, from: 'results_5m' },
  { name: '1d', table: 'results_1d', seconds: 86_400, from: 'results_5m' },
];

const DAY_MS = 86_400_000;

/** How long each table keeps its rows, ms; null: for ever. */
export type Retention = Readonly<Record<'raw' | Tier['name'], number | null>>;

export const DEFAULT_RETENTION: Retention = {
  raw: 30 * DAY_MS,
  '1m': 30 * DAY_MS,
  '5m': 400 * DAY_MS,
  '30m': 1_826 * DAY_MS,
  '1d': null,
};
