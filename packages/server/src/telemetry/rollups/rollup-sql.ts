import { ROLLUP_COLUMNS } from './rollup-columns.ts';
import type { Tier } from './tiers.ts';

const names = ROLLUP_COLUMNS.map(({ name }) => name).join(', ');
const rawColumns = ROLLUP_COLUMNS.map(({ name, raw }) => `${raw} AS ${name}`).join(',\n');
const mergeColumns = ROLLUP_COLUMNS.map(({ name, merge }) => `${merge} AS ${name}`).join(',\n');

const keys = 'target_id, vantage, series';
/** A statement works on some targets, so that its memory is bounded: results and tiers lie in their order. */
const someTargets = 'target_id >= {firstTarget:String} AND target_id <= {lastTarget:String}';

/** Start of the bucket of `time` as Unix seconds. `seconds` is a constant of ours. */
export const bucketOf = (time: string, seconds: number): string =>
  `toDateTime(intDiv(toUnixTimestamp(${time}), ${seconds}) * ${seconds}, 'UTC')`;

/** Keys of the buckets that rows received in `{after}` < t <= `{until}` touched, of rounds in `{from}` … `{to}` (Unix ms). */
const touched = (seconds: number): string => `SELECT DISTINCT target_id, vantage, series, ${bucketOf('round_at', seconds)}
  FROM results WHERE received_at > fromUnixTimestamp64Milli({after:Int64}) AND received_at <= fromUnixTimestamp64Milli({until:Int64})
  AND round_at >= fromUnixTimestamp64Milli({from:Int64}) AND round_at < fromUnixTimestamp64Milli({to:Int64}) AND ${someTargets}`;

const time = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64})`;
const second = (name: string): string => `toDateTime(intDiv({${name}:Int64}, 1000), 'UTC')`;
const insertInto = (tier: Tier): string => `INSERT INTO ${tier.table} (${keys}, bucket, version, ${names})
    SELECT ${keys}, slot, {version:UInt64}, ${names} FROM`;

/** Computes the touched buckets of rounds in `{from}` … `{to}` anew and writes them with `{version}`. */
export function rollUpTouchedSql(tier: Tier): string {
  const isRaw = tier.from === null;
  const bucket = bucketOf(isRaw ? 'round_at' : 'source.bucket', tier.seconds);
  const inTouched = `(${keys}, ${bucket}) IN (${touched(tier.seconds)})`;
  return `${insertInto(tier)} (
      SELECT ${keys}, ${bucket} AS slot, ${isRaw ? rawColumns : mergeColumns}
      FROM ${isRaw ? 'results AS source' : `${tier.from} AS source FINAL`}
      ${
        isRaw
          ? `WHERE round_at >= ${time('from')} AND round_at < ${time('to')} AND ${someTargets} AND ${inTouched}`
          : `PREWHERE bucket >= ${second('from')} AND bucket < ${second('to')} AND ${someTargets} WHERE ${inTouched}`
      }
      GROUP BY ${keys}, slot)`;
}

/** Computes all buckets of rounds in `{from}` … `{to}` from the results: cheaper than to look for the touched ones among many. */
export function rollUpAllSql(tier: Tier): string {
  return `${insertInto(tier)} (
      SELECT ${keys}, ${bucketOf('round_at', tier.seconds)} AS slot, ${rawColumns}
      FROM results WHERE round_at >= ${time('from')} AND round_at < ${time('to')} AND ${someTargets}
      GROUP BY ${keys}, slot)`;
}

/** Fills a new tier from a finer one, buckets in `{from}` … `{to}` (Unix ms). All that is rolled up later has a higher version. */
export function fillTierSql(tier: Tier, from: string): string {
  return `INSERT INTO ${tier.table} (${keys}, bucket, version, ${names})
    SELECT ${keys}, slot, 1, ${names} FROM (
      SELECT ${keys}, ${bucketOf('source.bucket', tier.seconds)} AS slot, ${mergeColumns} FROM ${from} AS source FINAL
      PREWHERE bucket >= ${second('from')} AND bucket < ${second('to')} GROUP BY ${keys}, slot)`;
}

/** Copies the rows of a tier, buckets in `{from}` … `{to}` (Unix ms), into a table of the same columns. */
export function copyTierSql(tier: Tier, into: string): string {
  const columns = `${keys}, bucket, version, ${names}`;
  return `INSERT INTO ${into} (${columns}) SELECT ${columns} FROM ${tier.table} FINAL
    PREWHERE bucket >= ${second('from')} AND bucket < ${second('to')}`;
}
