import type { Series } from '@watchpost/contracts/results/outcome';
import type { Engine, QueryParameters } from '../engine/engine.ts';
import type { Pending } from '../ingest/pending-rounds.ts';
import { ROLLUP_COLUMNS, ROLLUP_PHASES, type RollupColumn } from '../rollups/rollup-columns.ts';
import { bucketOf } from '../rollups/rollup-sql.ts';
import { quantileBinsOfResultsSql, quantileBinsSql } from '../rollups/sketch.ts';
import type { Tier } from '../rollups/tiers.ts';
import type { Edges } from './buckets.ts';

/** What lies in the buckets of one line, as columns over those that have data. Times in µs. */
export type LineColumns = {
  readonly vantage: string;
  readonly series: Series;
  /** Begin of each bucket, Unix seconds, ascending. */
  readonly slots: readonly number[];
  /** Bins of the sketch that hold the quantiles {@link LINE_QUANTILES} of each bucket. */
  readonly quantileBins: readonly (readonly number[])[];
  /** Counts, sums and extremes by the names of the rollups. */
  readonly values: Readonly<Record<string, readonly number[]>>;
};

/** Of one line over the whole range: bins of its quantiles, and extremes of the phases (`dns_min`, `dns_max`, …, µs). */
export type LineExtremes = {
  readonly vantage: string;
  readonly series: Series;
  readonly quantile_bins: readonly number[];
} & Readonly<Record<string, unknown>>;

const LINE_QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

export type LineRowsQuery = {
  readonly targetId: string;
  readonly vantages: readonly string[];
  readonly tier: Tier | 'raw';
  readonly edges: Edges;
  readonly rolledUpTo: number;
  /** Rounds that the tier may not hold yet. */
  readonly pending: Pending | null;
  readonly now: number;
};

/** A bucket of an hour or more need not hold what came less than this ago. */
const LAG_MS = 60_000;
const LAG_FROM_S = 3_600;

/** A legend shows the extremes of a phase over the whole range, not of each bucket: a third of the columns. */
const isExtremeOfPhase = ({ name }: RollupColumn): boolean =>
  ROLLUP_PHASES.some((phase) => name === `${phase}_min` || name === `${phase}_max`);
const isOfSketch = ({ name }: RollupColumn): boolean => name === 'bins' || name === 'bin_counts';
const EXTREME_COLUMNS = ROLLUP_COLUMNS.filter((column) => isExtremeOfPhase(column) || isOfSketch(column));
const BUCKET_COLUMNS = ROLLUP_COLUMNS.filter(
  (column) => !isExtremeOfPhase(column) && column.name !== 'first_at' && column.name !== 'last_at',
);

const listed = (columns: readonly RollupColumn[]): string => columns.map(({ name }) => name).join(', ');
const merged = (columns: readonly RollupColumn[]): string => columns.map(({ name, merge }) => `${merge} AS ${name}`).join(', ');
const raw = (columns: readonly RollupColumn[]): string => columns.map((column) => `${column.raw} AS ${column.name}`).join(', ');
const isValue = (column: RollupColumn): boolean => !isOfSketch(column);
const [BUCKET_VALUES, EXTREME_VALUES] = [BUCKET_COLUMNS.filter(isValue), EXTREME_COLUMNS.filter(isValue)];
const ofResults = (columns: readonly RollupColumn[]): string =>
  `${raw(columns)}, ${quantileBinsOfResultsSql(LINE_QUANTILES)} AS quantile_bins`;
const ofTier = (columns: readonly RollupColumn[]): string =>
  `${merged(columns)}, ${quantileBinsSql(LINE_QUANTILES)} AS quantile_bins`;
const bucketsSql = (slot: string, values: string, from: string): string =>
  `SELECT vantage, series, ${slot} AS slot, ${values} ${from} GROUP BY vantage, series, slot ORDER BY vantage, series, slot`;
const extremesSql = (values: string, from: string): string =>
  `SELECT vantage, series, ${values} ${from} GROUP BY vantage, series`;
const slotOf = (seconds: string): string => `roundDown(toUInt32(${seconds}), {edges:Array(UInt32)})`;
const inRange = (time: string, from = 'fromS', to = 'toS'): string =>
  `${time} >= toDateTime({${from}:UInt32}, 'UTC') AND ${time} < toDateTime({${to}:UInt32}, 'UTC')`;

/**
 * Reads what fills the buckets between `edges` for one target. Results that the tier does not hold yet are taken in: the
 * buckets they touch are computed from the results instead.
 */
export async function readLineRows(
  engine: Engine,
  query: LineRowsQuery,
): Promise<{ readonly lines: readonly LineColumns[]; readonly extremes: readonly LineExtremes[] }> {
  const edges = query.edges.map((edge) => Math.floor(edge / 1_000));
  const parameters: QueryParameters = {
    targetId: query.targetId,
    vantages: query.vantages,
    edges: edges.slice(0, -1),
    fromS: edges[0] ?? 0,
    toS: edges.at(-1) ?? 0,
    rolledUpTo: query.rolledUpTo,
  };
  const line = `target_id = {targetId:String}${query.vantages.length > 0 ? ' AND vantage IN {vantages:Array(String)}' : ''}`;
  const { tier } = query;
  if (tier === 'raw') {
    const from = `FROM results WHERE ${line} AND ${inRange('round_at')}`;
    const [columns, extremes] = await Promise.all([
      engine.columns(bucketsSql(slotOf('toUnixTimestamp(round_at)'), ofResults(BUCKET_VALUES), from), parameters),
      engine.rows<LineExtremes>(extremesSql(ofResults(EXTREME_VALUES), from), parameters),
    ]);
    return { lines: linesOf(columns), extremes };
  }
  const pending = await findPending(engine, query, parameters, line, tier.seconds);
  const key = `(vantage, series, ${bucketOf('round_at', tier.seconds)})`;
  const pendingRows = `FROM results WHERE ${line} AND ${inRange('round_at', 'pendingFromS', 'pendingToS')}`;
  const touched = `(SELECT DISTINCT ${key} ${pendingRows} AND received_at > fromUnixTimestamp64Milli({rolledUpTo:Int64}))`;
  const source = (columns: readonly RollupColumn[]): string => {
    const stored = `SELECT vantage, series, bucket, ${listed(columns)} FROM ${tier.table} FINAL PREWHERE ${line} AND ${inRange('bucket')}`;
    if (pending === null) return stored;
    return `${stored} WHERE (vantage, series, bucket) NOT IN ${touched}
       UNION ALL SELECT vantage, series, ${bucketOf('round_at', tier.seconds)} AS bucket, ${raw(columns)}
       ${pendingRows} AND ${key} IN ${touched} GROUP BY vantage, series, bucket`;
  };
  const allParameters = { ...parameters, ...pending };
  const [columns, extremes] = await Promise.all([
    engine.columns(
      bucketsSql(slotOf('toUnixTimestamp(bucket)'), ofTier(BUCKET_VALUES), `FROM (${source(BUCKET_COLUMNS)})`),
      allParameters,
    ),
    engine.rows<LineExtremes>(extremesSql(ofTier(EXTREME_VALUES), `FROM (${source(EXTREME_COLUMNS)})`), allParameters),
  ]);
  return { lines: linesOf(columns), extremes };
}

/** Cuts columns that are sorted by line into their lines. */
function linesOf(columns: Readonly<Record<string, readonly unknown[]>>): readonly LineColumns[] {
  const { vantage = [], series = [], slot = [], quantile_bins: quantileBins = [], ...values } = columns;
  const lines: LineColumns[] = [];
  for (let begin = 0, end = 0; begin < slot.length; begin = end) {
    while (end < slot.length && vantage[end] === vantage[begin] && series[end] === series[begin]) end += 1;
    const cut = (column: readonly unknown[]) => column.slice(begin, end);
    lines.push({
      vantage: vantage[begin] as string,
      series: series[begin] as Series,
      slots: cut(slot) as number[],
      quantileBins: cut(quantileBins) as number[][],
      values: Object.fromEntries(Object.entries(values).map(([name, column]) => [name, cut(column) as number[]])),
    });
  }
  return lines;
}

/** Whole buckets (Unix seconds) with all rounds of the range that may not be in the tier yet; null: there are none. */
async function findPending(
  engine: Engine,
  query: LineRowsQuery,
  parameters: QueryParameters,
  line: string,
  seconds: number,
): Promise<{ readonly pendingFromS: number; readonly pendingToS: number } | null> {
  const { pending, edges, now } = query;
  if (pending === null || (seconds >= LAG_FROM_S && now - pending.since < LAG_MS)) return null;
  const begin = edges[0] ?? 0;
  const end = (edges.at(-1) ?? 0) - 1;
  const wholeBuckets = (first: number, last: number) => ({
    pendingFromS: Math.floor(Math.max(first, begin) / 1_000 / seconds) * seconds,
    pendingToS: (Math.floor(Math.min(last, end) / 1_000 / seconds) + 1) * seconds,
  });
  if (pending.from > end || pending.to < begin) return null;
  if (Number.isFinite(pending.from)) return wholeBuckets(pending.from, pending.to);
  const [found] = await engine.rows<{ n: number; first: number; last: number }>(
    `SELECT count() AS n, toUnixTimestamp64Milli(min(round_at)) AS first, toUnixTimestamp64Milli(max(round_at)) AS last
     FROM results WHERE ${line} AND received_at > fromUnixTimestamp64Milli({rolledUpTo:Int64}) AND ${inRange('round_at')}`,
    parameters,
  );
  return found === undefined || found.n === 0 ? null : wholeBuckets(found.first, found.last);
}
