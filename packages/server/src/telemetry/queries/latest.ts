import type { Engine } from '../engine/engine.ts';
import type { LatestResult } from '../telemetry-store.ts';
import { bucketOf } from '../rollups/rollup-sql.ts';

/** Results that may wait for the rollups when this is asked; the store rolls up first. */
type LatestRow = Omit<LatestResult, 'httpStatus' | 'errorCode' | 'errorText' | 'fault'> & {
  readonly httpStatus: number;
  readonly errorCode: string;
  readonly errorText: string;
  readonly fault: string;
};

/**
 * The newest result of every line and since when its outcome is what it is. The tiers say where to look: the newest round
 * of each line, and the last five minutes in which it had another outcome.
 */
export async function queryLatest(engine: Engine): Promise<readonly LatestResult[]> {
  const newest = `SELECT target_id, vantage, series, max(last_at) AS round_at FROM results_1d GROUP BY target_id, vantage, series`;
  const rows = await engine.rows<LatestRow>(
    `WITH newest AS (
       SELECT target_id, vantage, series, max(round_at) AS at,
         argMax((toString(outcome), total_us, http_status, error_code, error_text, toString(fault)), (round_at, epoch, sequence)) AS last
       FROM results WHERE (target_id, vantage, series, round_at) IN (${newest}) GROUP BY target_id, vantage, series
     ),
     history AS (
       SELECT target_id, vantage, series, min(first_at) AS first,
         maxIf(bucket, up + degraded + down + unknown > multiIf(outcome = 'up', up, outcome = 'degraded', degraded, outcome = 'down', down, unknown)) AS other
       FROM (SELECT target_id, vantage, series, bucket, first_at, up, degraded, down, unknown FROM results_5m FINAL) AS tier
       INNER JOIN (SELECT target_id, vantage, series, last.1 AS outcome FROM newest) AS now USING (target_id, vantage, series)
       GROUP BY target_id, vantage, series
     ),
     around AS (
       SELECT target_id, vantage, series, max(bucket_results.round_at) AS other_at
       FROM (SELECT target_id, vantage, series, round_at, toString(outcome) AS outcome FROM results
             WHERE (target_id, vantage, series, ${bucketOf('round_at', 300)}) IN (SELECT target_id, vantage, series, other FROM history)) AS bucket_results
       INNER JOIN (SELECT target_id, vantage, series, last.1 AS now_outcome FROM newest) AS now USING (target_id, vantage, series)
       WHERE outcome != now_outcome GROUP BY target_id, vantage, series
     ),
     changed AS (
       SELECT target_id, vantage, series, min(r.round_at) AS since
       FROM (SELECT target_id, vantage, series, round_at FROM results
             WHERE (target_id, vantage, series, intDiv(toUnixTimestamp(round_at), 86400)) IN
               (SELECT target_id, vantage, series, arrayJoin([intDiv(toUnixTimestamp(other_at), 86400), intDiv(toUnixTimestamp(other_at), 86400) + 1]) FROM around)) AS r
       INNER JOIN around USING (target_id, vantage, series)
       WHERE r.round_at > other_at GROUP BY target_id, vantage, series
     )
     SELECT newest.target_id AS targetId, newest.vantage AS vantage, newest.series AS series, last.1 AS outcome, last.2 AS totalUs,
       last.3 AS httpStatus, last.4 AS errorCode, last.5 AS errorText, last.6 AS fault, toUnixTimestamp64Milli(newest.at) AS roundAt,
       multiIf(toUnixTimestamp(changed.since) > 0, toUnixTimestamp64Milli(changed.since),
         toUnixTimestamp(history.other) > 0, toInt64(toUnixTimestamp(history.other)) * 1000 + 300000,
         toUnixTimestamp64Milli(history.first)) AS since
     FROM newest LEFT JOIN history USING (target_id, vantage, series) LEFT JOIN changed USING (target_id, vantage, series)`,
  );
  return rows.map((row) => ({
    ...row,
    since: Math.min(row.since, row.roundAt),
    httpStatus: row.httpStatus === 0 ? null : row.httpStatus,
    errorCode: row.errorCode === '' ? null : row.errorCode,
    errorText: row.errorText === '' ? null : row.errorText,
    fault: row.fault === '' ? null : row.fault,
  }));
}
