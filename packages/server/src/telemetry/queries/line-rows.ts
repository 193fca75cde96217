import type { Engine, QueryParameters } from '../engine/engine.ts';
import type { Pending } from '../ingest/pending-rounds.ts';
import { ROLLUP_COLUMNS } from '../rollups/rollup-columns.ts';
import { bucketOf } from '../rollups/rollup-sql.ts';
import type { Tier } from '../rollups/tiers.ts';
import type { Edges } from './buckets.ts';
import { type MergedLine, mergeRows } from './merge-rows.ts';

/** Quantiles of a bucket that a chart shows. */
const LINE_QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

export type LineRowsQuery = {
  readonly targetId: string;
  readonly vantages: readonly string[];
  readonly tier: Tier | 'raw';
  readonly edges: Edges;
  /** Length of a bucket, nominal. */
  readonly bucketS: number;
  readonly rolledUpTo: number;
  /** Rounds that the tier may not hold yet. */
  readonly pending: Pending | null;
  readonly now: number;
};

/** A bucket of an hour or more need not hold what came less than this ago. */
const LAG_MS = 60_000;
const LAG_FROM_S = 3_600;

/** A bucket that takes more rows of its tier than this is merged in the engine: a day of a zone whose hours are none of ours. */
const MOST_ROWS_PER_BUCKET = 12;

const COLUMNS = ROLLUP_COLUMNS.filter(({ kind }) => kind !== 'time');
const stored = COLUMNS.map(({ name }) => name).join(', ');
const merged = COLUMNS.map(({ name, merge }) => `${merge} AS ${name}`).join(', ');
const raw = COLUMNS.map((column) => `${column.raw} AS ${column.name}`).join(', ');
const slotOf = (time: string): string => `toDateTime(roundDown(toUnixTimestamp(${time}), {edges:Array(UInt32)}), 'UTC')`;
const inRange = (time: string, from = 'fromS', to = 'toS'): string =>
  `${time} >= toDateTime({${from}:UInt32}, 'UTC') AND ${time} < toDateTime({${to}:UInt32}, 'UTC')`;

/**
 * Reads what fills the buckets between `edges` for one target. Results that the tier does not hold yet are taken in: the
 * buckets they touch are computed from the results instead.
 */
export async function readLines(engine: Engine, query: LineRowsQuery): Promise<readonly MergedLine[]> {
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
  const pending = query.tier === 'raw' ? null : await findPending(engine, query, parameters, line, query.tier.seconds);
  return await engine.columns(
    `SELECT CAST(vantage AS String) AS vantage, toUInt8(series) AS series_number, toUnixTimestamp(bucket) AS at, ${stored}
     FROM ${rowsSql(query, line, pending !== null)}`,
    { ...parameters, ...pending },
    (rows) => mergeRows(rows, edges, LINE_QUANTILES),
  );
}

/** What to select from: rows of a line with `vantage`, `series`, `bucket` and the columns of a rollup. */
function rowsSql({ tier, bucketS }: LineRowsQuery, line: string, hasPending: boolean): string {
  if (tier === 'raw') {
    return `(SELECT vantage, series, ${slotOf('round_at')} AS bucket, ${raw} FROM results WHERE ${line} AND ${inRange('round_at')}
      GROUP BY vantage, series, bucket)`;
  }
  const tierRows = `${tier.table} FINAL PREWHERE ${line} AND ${inRange('bucket')}`;
  const isMergedHere = bucketS / tier.seconds <= MOST_ROWS_PER_BUCKET;
  // Not as a query within the query: to analyse so many columns twice takes the engine 3 ms.
  if (isMergedHere && !hasPending) return tierRows;
  const key = `(vantage, series, ${bucketOf('round_at', tier.seconds)})`;
  const pendingRows = `FROM results WHERE ${line} AND ${inRange('round_at', 'pendingFromS', 'pendingToS')}`;
  const touched = `(SELECT DISTINCT ${key} ${pendingRows} AND received_at > fromUnixTimestamp64Milli({rolledUpTo:Int64}))`;
  const stands = `SELECT vantage, series, bucket, ${stored} FROM ${tierRows}`;
  const rows = !hasPending
    ? stands
    : `${stands} WHERE (vantage, series, bucket) NOT IN ${touched}
       UNION ALL SELECT vantage, series, ${bucketOf('round_at', tier.seconds)} AS bucket, ${raw}
       ${pendingRows} AND ${key} IN ${touched} GROUP BY vantage, series, bucket`;
  if (isMergedHere) return `(${rows})`;
  return `(SELECT vantage, series, slot AS bucket, ${merged} FROM (SELECT *, ${slotOf('bucket')} AS slot FROM (${rows}))
    GROUP BY vantage, series, slot)`;
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
