import type { Engine } from '../engine/engine.ts';
import type { LatestResult } from '../telemetry-store.ts';

/** Results that may wait for the rollups when this is asked; the store rolls up first. */
type LatestRow = Omit<LatestResult, 'httpStatus' | 'errorCode' | 'errorText' | 'fault'> & {
  readonly httpStatus: number;
  readonly errorCode: string;
  readonly errorText: string;
  readonly fault: string;
};

/** Days back in which the moment of a change is looked up exactly; for older ones the day after it is given. */
const EXACT_DAYS = 7;

/**
 * The newest result of every line and since when its outcome is what it is. The daily tier says where to look: the newest
 * round of each line, and the last day on which it had another outcome.
 */
export async function queryLatest(engine: Engine): Promise<readonly LatestResult[]> {
  const rows = await engine.rows<LatestRow>(
    `WITH days AS (
       SELECT target_id, vantage, series, bucket, first_at, last_at, up, degraded, down, unknown FROM results_1d FINAL
     ),
     newest AS (
       SELECT target_id, vantage, series, max(round_at) AS at,
         argMax((toString(outcome), total_us, http_status, error_code, error_text, toString(fault)), (round_at, epoch, sequence)) AS last
       FROM results WHERE (target_id, vantage, series, round_at) IN (SELECT target_id, vantage, series, max(last_at) FROM days GROUP BY target_id, vantage, series)
       GROUP BY target_id, vantage, series
     ),
     history AS (
       SELECT target_id, vantage, series, any(outcome) AS outcome, min(first_at) AS first,
         maxIf(bucket, up + degraded + down + unknown > multiIf(outcome = 'up', up, outcome = 'degraded', degraded, outcome = 'down', down, unknown)) AS other
       FROM days INNER JOIN (SELECT target_id, vantage, series, last.1 AS outcome FROM newest) AS now USING (target_id, vantage, series)
       GROUP BY target_id, vantage, series
     ),
     recent AS (
       SELECT target_id, vantage, series, round_at, toString(r.outcome) != history.outcome AS is_other
       FROM (SELECT target_id, vantage, series, round_at, outcome FROM results
             WHERE round_at >= (SELECT min(other) FROM history WHERE other >= (SELECT max(bucket) FROM days) - INTERVAL ${EXACT_DAYS} DAY)) AS r
       INNER JOIN history USING (target_id, vantage, series) WHERE r.round_at >= history.other
     ),
     changed AS (
       SELECT target_id, vantage, series, min(recent.round_at) AS since FROM recent
       INNER JOIN (SELECT target_id, vantage, series, maxIf(round_at, is_other) AS other_at FROM recent GROUP BY target_id, vantage, series) AS o USING (target_id, vantage, series)
       WHERE recent.round_at > o.other_at AND o.other_at > fromUnixTimestamp64Milli(0) GROUP BY target_id, vantage, series
     )
     SELECT newest.target_id AS targetId, newest.vantage AS vantage, newest.series AS series, last.1 AS outcome, last.2 AS totalUs,
       last.3 AS httpStatus, last.4 AS errorCode, last.5 AS errorText, last.6 AS fault, toUnixTimestamp64Milli(newest.at) AS roundAt,
       multiIf(toUnixTimestamp(changed.since) > 0, toUnixTimestamp64Milli(changed.since),
         toUnixTimestamp(history.other) > 0, toInt64(toUnixTimestamp(history.other)) * 1000 + 86400000,
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
