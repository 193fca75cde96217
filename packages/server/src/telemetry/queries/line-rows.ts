import type { Engine, QueryParameters } from '../engine/engine.ts';
import { ROLLUP_COLUMNS } from '../rollups/rollup-columns.ts';
import { bucketOf, mergeColumns, rawColumns } from '../rollups/rollup-sql.ts';
import type { Tier } from '../rollups/tiers.ts';
import type { Edges } from './buckets.ts';

/** Counts, sums and extremes of one line in one bucket. Times in µs, `slot` in Unix seconds. */
export type LineRow = {
  readonly vantage: string;
  readonly series: 'any' | 'v4' | 'v6';
  readonly slot: number;
  readonly bins: readonly number[];
  readonly bin_counts: readonly number[];
} & Readonly<Record<string, unknown>>;

const names = ROLLUP_COLUMNS.map(({ name }) => name).join(', ');
/** Times as numbers; the extremes of nothing need no more than a double holds. */
const shown = mergeColumns(['first_at', 'last_at']);
const slotOf = (seconds: string): string => `roundDown(toUInt32(${seconds}), {edges:Array(UInt32)})`;
const inRange = (time: string): string =>
  `${time} >= toDateTime({fromS:UInt32}, 'UTC') AND ${time} < toDateTime({toS:UInt32}, 'UTC')`;

/**
 * Reads what fills the buckets between `edges` for one target. Results that the tier does not hold yet are taken in: the
 * buckets they touch are computed from the results instead.
 */
export async function readLineRows(
  engine: Engine,
  query: {
    readonly targetId: string;
    readonly vantages: readonly string[];
    readonly tier: Tier | 'raw';
    readonly edges: Edges;
    readonly rolledUpTo: number;
  },
): Promise<readonly LineRow[]> {
  const edges = query.edges.map((edge) => Math.floor(edge / 1_000));
  const parameters: QueryParameters = {
    targetId: query.targetId,
    vantages: query.vantages,
    edges: edges.slice(0, -1),
    fromS: edges[0] ?? 0,
    toS: edges.at(-1) ?? 0,
  };
  const line = `target_id = {targetId:String}${query.vantages.length > 0 ? ' AND vantage IN {vantages:Array(String)}' : ''}`;
  if (query.tier === 'raw') {
    return await engine.rows<LineRow>(
      `SELECT vantage, series, ${slotOf('toUnixTimestamp(round_at)')} AS slot, ${rawColumns}
       FROM results WHERE ${line} AND ${inRange('round_at')} GROUP BY vantage, series, slot ORDER BY vantage, series, slot`,
      parameters,
    );
  }
  const { table, seconds } = query.tier;
  const pendingWhere = `${line} AND received_at > fromUnixTimestamp64Milli({rolledUpTo:Int64}) AND ${inRange('round_at')}`;
  const pendingParameters = { ...parameters, rolledUpTo: query.rolledUpTo };
  const [pending] = await engine.rows<{ n: number; first: number; last: number }>(
    `SELECT count() AS n, toUnixTimestamp(min(round_at)) AS first, toUnixTimestamp(max(round_at)) AS last FROM results WHERE ${pendingWhere}`,
    pendingParameters,
  );
  const key = `(vantage, series, ${bucketOf('round_at', seconds)})`;
  const touched = `(SELECT DISTINCT vantage, series, ${bucketOf('round_at', seconds)} FROM results WHERE ${pendingWhere})`;
  const fromTier = `SELECT vantage, series, bucket, ${names} FROM ${table} FINAL PREWHERE ${line} AND ${inRange('bucket')} WHERE 1`;
  const hasPending = pending !== undefined && pending.n > 0;
  const source = !hasPending
    ? fromTier
    : `${fromTier} AND (vantage, series, bucket) NOT IN ${touched}
       UNION ALL SELECT vantage, series, ${bucketOf('round_at', seconds)} AS bucket, ${rawColumns} FROM results
       WHERE ${line} AND round_at >= toDateTime({pendingFromS:UInt32}, 'UTC') AND round_at < toDateTime({pendingToS:UInt32}, 'UTC') AND ${key} IN ${touched}
       GROUP BY vantage, series, bucket`;
  return await engine.rows<LineRow>(
    `SELECT vantage, series, ${slotOf('toUnixTimestamp(bucket)')} AS slot, ${shown} FROM (${source})
     GROUP BY vantage, series, slot ORDER BY vantage, series, slot`,
    hasPending
      ? {
          ...pendingParameters,
          pendingFromS: Math.floor(pending.first / seconds) * seconds,
          pendingToS: (Math.floor(pending.last / seconds) + 1) * seconds,
        }
      : parameters,
  );
}
