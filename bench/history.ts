import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { openTelemetryStore } from '../packages/server/src/telemetry/open-telemetry-store.ts';
import type { Bench } from './bench.ts';

const DAY_MS = 86_400_000;
const TARGETS = 300;
const VANTAGES = ['ct', 'cnc', 'cmcc'];
const REPEATS = 15;

/** A year of results of 300 targets from 3 vantage points: chart of a year, overview, bytes on disk. */
export const history: Bench = {
  name: 'history',
  title: 'Charts and overview over a year of at least 100 million results',
  run: async ({ quick, log }) => {
    const dir = await mkdtemp(join(tmpdir(), 'watchpost-bench-'));
    const days = quick ? 3 : 366;
    const intervalS = 270;
    const keep = 400 * DAY_MS;
    const store = await openTelemetryStore({
      dir,
      retention: { raw: keep },
      clock: systemClock,
      log: createLog({ name: 'bench', level: 'warn' }),
      metrics: createMetrics({ processMetrics: false }),
    });
    try {
      const now = Date.now();
      const today = Math.floor(now / DAY_MS) * DAY_MS;
      const begin = performance.now();
      for (let day = days; day >= 0; day -= 1) {
        await store.engine.command(
          generate(today - day * DAY_MS, Math.min(now, today - (day - 1) * DAY_MS), intervalS),
          {},
          { max_execution_time: 600 },
        );
        if (day % 50 === 0) log(`${day} days to go, ${Math.round((performance.now() - begin) / 1_000)} s`);
      }
      await store.close();
    } catch (error) {
      await store.close();
      throw error;
    }
    const again = await openTelemetryStore({
      dir,
      retention: { raw: keep },
      clock: systemClock,
      log: createLog({ name: 'bench', level: 'warn' }),
      metrics: createMetrics({ processMetrics: false }),
    });
    try {
      const rollBegin = performance.now();
      await again.rollUp();
      const rollUpS = (performance.now() - rollBegin) / 1_000;
      log(`rolled up in ${Math.round(rollUpS)} s`);
      const to = Date.now();
      const series = (rangeMs: number, index: number) =>
        again.series({
          targetId: `target-${index * 17}`,
          vantages: VANTAGES,
          tz: 'Asia/Shanghai',
          maxPoints: 800,
          intervalS,
          from: to - rangeMs,
          to,
        });
      const overview = (rangeMs: number) => again.overview({ from: to - rangeMs, to, slots: 48 });
      const sizes = await again.engine.rows<{ table: string; rows: number; bytes: number }>(
        "SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table LIKE 'results%' GROUP BY table ORDER BY table",
      );
      const raw = sizes.find(({ table }) => table === 'results');
      const figures: Record<string, number | string> = {
        rawResults: raw?.rows ?? 0,
        rawBytesPerResult: round((raw?.bytes ?? 0) / (raw?.rows ?? 1)),
        limitRawBytesPerResult: 25,
        rollUpS: round(rollUpS),
        yearChartMs: await median((index) => series(365 * DAY_MS, index)),
        limitYearChartMs: 50,
        monthChartMs: await median((index) => series(31 * DAY_MS, index)),
        dayChartMs: await median((index) => series(DAY_MS, index)),
        overviewDayMs: await median(() => overview(DAY_MS)),
        limitOverviewMs: 150,
        overviewWeekMs: await median(() => overview(7 * DAY_MS)),
        overviewMonthMs: await median(() => overview(31 * DAY_MS)),
        overviewYearMs: await median(() => overview(365 * DAY_MS)),
        latestMs: await median(() => again.latest()),
        resultsPageMs: await median((index) =>
          again.results({
            targetId: `target-${index}`,
            vantages: [],
            outcomes: [],
            errorCode: null,
            search: '',
            from: to - 7 * DAY_MS,
            to,
            limit: 15,
            cursor: null,
          }),
        ),
      };
      for (const { table, rows, bytes } of sizes) figures[`${table}Bytes`] = `${rows} rows, ${round(bytes / rows)} B each`;
      return figures;
    } finally {
      await again.close();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

async function median(work: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await work(0);
  for (let index = 1; index <= REPEATS; index += 1) {
    const begin = performance.now();
    await work(index);
    times.push(performance.now() - begin);
  }
  return round(times.toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0);
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Plausible results of one day: daily rhythm, noise of some percent, a few failures, made inside the engine. */
function generate(from: number, to: number, intervalS: number): string {
  const rounds = Math.max(0, Math.ceil((to - from) / (intervalS * 1_000)));
  const noise = (seed: number, spread: number): string => `toInt64(${spread} * (1 + abs(randNormal(0., 0.35, ${seed}))))`;
  return `INSERT INTO results (target_id, vantage, series, kind, agent_id, epoch, sequence, round_at, start_offset_ms, received_at, outcome, fault,
      error_code, error_text, http_status, total_us, redirect_us, dns_us, connect_us, tls_us, request_us, wait_us, receive_us, pre_transfer_diff, url,
      size_download, size_decoded, header_size, request_size, content_length, speed_download, speed_transfer, remote_ip, ip_family, resolver,
      http_version, tls_version, cert_expires_at, file_time, uncertainty_us)
    SELECT concat('target-', toString(target)), vantage, 'any', 'http', concat('agent-', vantage), 1, ${Math.floor(from / 1_000)} * 1000 + round * ${TARGETS} + target AS sequence,
      fromUnixTimestamp64Milli(toInt64(${from} + round * ${intervalS * 1_000}), 'UTC') AS round_at, toInt64(target * 7 + rand(1) % 5), round_at + INTERVAL 1 SECOND + INTERVAL (rand(2) % 500) MILLISECOND AS received,
      if(isDown, 'down', 'up'), if(isDown, 'target', ''), if(isDown, 'status', ''), if(isDown, 'the status is 502', ''), if(isDown, 502, 200),
      dns + connect + tls + request + wait + receive, 4294967295, dns, connect, tls, request, wait, receive, rand(3) % 12, concat('https://shop-', toString(target), '.example/'),
      14200 + target, 60000 + target, 420, 130, 14200 + target, -2, -2, concat('192.0.2.', toString(target % 250)), 4, '192.0.2.53:53', '2', 'TLSv1.3', 1790000000000, -9007199254740991, 150 + rand(4) % 200
    FROM (
      SELECT intDiv(number, ${TARGETS * VANTAGES.length}) AS round, number % ${TARGETS} AS target, ['ct', 'cnc', 'cmcc'][intDiv(number, ${TARGETS}) % 3 + 1] AS vantage,
        rand(10) % 500 = 0 AS isDown, 1 + 0.4 * sin(round / 51.) AS rhythm, toInt64(100 + rand(20) % 60) AS request,
        ${noise(11, 1_200)} AS dns, ${noise(12, 9_000)} AS connect, ${noise(13, 18_000)} AS tls, toInt64(rhythm * ${noise(14, 40_000)}) AS wait, ${noise(15, 5_000)} AS receive
      FROM numbers(${rounds * TARGETS * VANTAGES.length}))`;
}
