import { ROLLUP_COLUMNS } from './rollup-columns.ts';
import type { Tier } from './tiers.ts';

const names = ROLLUP_COLUMNS.map(({ name }) => name).join(', ');
export const rawColumns = ROLLUP_COLUMNS.map(({ name, raw }) => `${raw} AS ${name}`).join(',\n');
export const mergeColumns = (except: readonly string[] = []): string =>
  ROLLUP_COLUMNS.filter(({ name }) => !except.includes(name))
    .map(({ name, merge }) => `${merge} AS ${name}`)
    .join(',\n');

/** Start of the bucket of `time` as Unix seconds. `seconds` is a constant of ours. */
export const bucketOf = (time: string, seconds: number): string =>
  `toDateTime(intDiv(toUnixTimestamp(${time}), ${seconds}) * ${seconds}, 'UTC')`;

/** Keys of the buckets that rows received in `{after}` < t <= `{until}` touched, of rounds in `{from}` … `{to}` (Unix ms). */
const touched = (seconds: number): string => `SELECT DISTINCT target_id, vantage, series, ${bucketOf('round_at', seconds)}
  FROM results WHERE received_at > fromUnixTimestamp64Milli({after:Int64}) AND received_at <= fromUnixTimestamp64Milli({until:Int64})
  AND round_at >= fromUnixTimestamp64Milli({from:Int64}) AND round_at < fromUnixTimestamp64Milli({to:Int64})`;

/** Computes the touched buckets of a tier anew and writes them with `{version}`. */
export function rollUpSql(tier: Tier): string {
  const time = tier.from === null ? 'round_at' : 'bucket';
  const bucket = bucketOf(tier.from === null ? 'round_at' : 'source.bucket', tier.seconds);
  const source = tier.from === null ? 'results AS source' : `${tier.from} AS source FINAL`;
  const bound = (name: string): string =>
    tier.from === null ? `fromUnixTimestamp64Milli({${name}:Int64})` : `toDateTime(intDiv({${name}:Int64}, 1000), 'UTC')`;
  return `INSERT INTO ${tier.table} (target_id, vantage, series, bucket, version, ${names})
    SELECT target_id, vantage, series, slot, {version:UInt64}, ${names} FROM (
      SELECT target_id, vantage, series, ${bucket} AS slot, ${tier.from === null ? rawColumns : mergeColumns()}
      FROM ${source}
      ${tier.from === null ? 'WHERE' : 'PREWHERE'} ${time} >= ${bound('from')} AND ${time} < ${bound('to')}
        ${tier.from === null ? 'AND' : 'WHERE'} (target_id, vantage, series, ${bucket}) IN (${touched(tier.seconds)})
      GROUP BY target_id, vantage, series, slot)`;
}
