import type { Engine } from '../packages/server/src/telemetry/engine/engine.ts';

const DAY_MS = 86_400_000;

export const HISTORY_VANTAGES = ['ct', 'cnc', 'cmcc'] as const;

export type HistoryPlan = {
  readonly targetIds: readonly string[];
  readonly days: number;
  readonly intervalS: number;
  /** End of the data, Unix ms. */
  readonly now: number;
};

/**
 * Makes results of the last `days` days inside the engine, day by day: a daily rhythm, noise of some percent, a few
 * failures. They are plain rows of the table `results`; the tiers are made afterwards by the product itself.
 */
export async function generateHistory(engine: Engine, plan: HistoryPlan, log: (line: string) => void): Promise<void> {
  const today = Math.floor(plan.now / DAY_MS) * DAY_MS;
  const begin = performance.now();
  for (let day = plan.days; day >= 0; day -= 1) {
    const from = today - day * DAY_MS;
    await engine.command(
      dayOfResults(from, Math.min(plan.now, from + DAY_MS), plan),
      { targetIds: plan.targetIds },
      { max_execution_time: 600 },
    );
    if (day % 50 === 0) log(`${day} days to go, ${Math.round((performance.now() - begin) / 1_000)} s`);
  }
}

function dayOfResults(from: number, to: number, { targetIds, intervalS }: HistoryPlan): string {
  const targets = targetIds.length;
  const lines = targets * HISTORY_VANTAGES.length;
  const rounds = Math.max(0, Math.ceil((to - from) / (intervalS * 1_000)));
  const vantages = HISTORY_VANTAGES.map((vantage) => `'${vantage}'`).join(', ');
  const noise = (seed: number, spread: number): string => `toInt64(${spread} * (1 + abs(randNormal(0., 0.35, ${seed}))))`;
  return `INSERT INTO results (target_id, vantage, series, kind, agent_id, epoch, sequence, round_at, start_offset_ms, received_at, outcome, fault,
      error_code, error_text, http_status, total_us, redirect_us, dns_us, connect_us, tls_us, request_us, wait_us, receive_us, pre_transfer_diff, url,
      size_download, size_decoded, header_size, request_size, content_length, speed_download, speed_transfer, remote_ip, ip_family, resolver,
      http_version, tls_version, cert_expires_at, file_time, uncertainty_us)
    SELECT {targetIds:Array(String)}[target + 1], vantage, 'any', 'http', concat('agent-', vantage), 1,
      ${from} + round * ${targets} + target AS sequence,
      fromUnixTimestamp64Milli(toInt64(${from} + round * ${intervalS * 1_000}), 'UTC') AS round_at, toInt64(target * 7 + rand(1) % 5),
      round_at + INTERVAL 1 SECOND + INTERVAL (rand(2) % 500) MILLISECOND AS received,
      if(isDown, 'down', 'up'), if(isDown, 'target', ''), if(isDown, 'status', ''), if(isDown, 'the status is 502', ''), if(isDown, 502, 200),
      dns + connect + tls + request + wait + receive, 4294967295, dns, connect, tls, request, wait, receive, rand(3) % 12,
      concat('https://shop-', toString(target), '.example/'),
      14200 + target, 60000 + target, 420, 130, 14200 + target, -2, -2, concat('192.0.2.', toString(target % 250)), 4, '192.0.2.53:53',
      '2', 'TLSv1.3', 1790000000000, -9007199254740991, 150 + rand(4) % 200
    FROM (
      SELECT intDiv(number, ${lines}) AS round, number % ${targets} AS target,
        [${vantages}][intDiv(number, ${targets}) % ${HISTORY_VANTAGES.length} + 1] AS vantage,
        rand(10) % 500 = 0 AS isDown, 1 + 0.4 * sin(round / 51.) AS rhythm, toInt64(100 + rand(20) % 60) AS request,
        ${noise(11, 1_200)} AS dns, ${noise(12, 9_000)} AS connect, ${noise(13, 18_000)} AS tls,
        toInt64(rhythm * ${noise(14, 40_000)}) AS wait, ${noise(15, 5_000)} AS receive
      FROM numbers(${rounds * lines}))`;
}
