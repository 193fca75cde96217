import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '@watchpost/contracts/targets/target';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import { openTelemetryStore } from '../packages/server/src/telemetry/open-telemetry-store.ts';
import type { Bench, Figures } from './bench.ts';
import { generateHistory, HISTORY_VANTAGES } from './history-data.ts';
import { median, quantile, rounded } from './statistics.ts';

const DAY_MS = 86_400_000;
const KEEP_DAYS = 400;
const TARGETS = 300;
const INTERVAL_S = 270;
const REPEATS = 25;
const ENV = { WATCHPOST_RETENTION_RAW_DAYS: String(KEEP_DAYS) };

/** What was generated: kept beside the data, so that a folder can be measured again. */
type Made = { readonly targetIds: readonly string[]; readonly now: number; readonly generateS: number; readonly rollUpS: number };

/**
 * A year of results of 300 targets from 3 vantage points, generated in the store and rolled up by the product, then asked
 * through the API of a real server. `HISTORY_DIR` names a folder that is kept, and used again when it is filled.
 */
export const history: Bench = {
  name: 'history',
  title: 'charts and overview at the API over a year of at least 100 million results',
  run: async ({ quick, log }) => {
    const kept = process.env['HISTORY_DIR'];
    const dir = kept ?? (await mkdtemp(join(tmpdir(), 'watchpost-history-')));
    try {
      const made = await makeOnce(dir, quick ? 3 : 366, log);
      return await measure(dir, made);
    } finally {
      if (kept === undefined) await rm(dir, { recursive: true, force: true });
    }
  },
};

async function makeOnce(dir: string, days: number, log: (line: string) => void): Promise<Made> {
  const file = join(dir, 'history.json');
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Made;
  await mkdir(dir, { recursive: true });
  const targetIds = await makeTargets(dir);
  const now = Date.now();
  const seconds = async (work: () => Promise<void>): Promise<number> => {
    const begin = performance.now();
    await work();
    return rounded((performance.now() - begin) / 1_000, 1);
  };
  const filling = await openStore(dir);
  const generateS = await seconds(() => generateHistory(filling.engine, { targetIds, days, intervalS: INTERVAL_S, now }, log));
  await filling.close();
  // A store that opens finds results that no rollup has seen, as after a long stop.
  const rolling = await openStore(dir);
  const rollUpS = await seconds(() => rolling.rollUp());
  log(`rolled up in ${rollUpS} s`);
  await rolling.close();
  const made: Made = { targetIds, now, generateS, rollUpS };
  await writeFile(file, JSON.stringify(made));
  return made;
}

/** The targets are made through the API: the server must know them. */
async function makeTargets(dir: string): Promise<readonly string[]> {
  await using server = await startServerProcess({ command: 'server', dataDir: dir, env: ENV });
  const client = await signIn(server.url);
  for (const code of HISTORY_VANTAGES) await client.json('POST', '/vantages', { code, name: code });
  const ids: string[] = [];
  for (let index = 0; index < TARGETS; index += 1) {
    const check = { kind: 'http', url: `https://shop-${index}.example/` };
    const draft = { name: `Shop ${index}`, check, vantages: HISTORY_VANTAGES, intervalS: INTERVAL_S };
    ids.push((await client.json<Target>('POST', '/targets', draft)).id);
  }
  await server.process.stop();
  return ids;
}

function openStore(dir: string) {
  return openTelemetryStore({
    dir: join(dir, 'telemetry'),
    retention: { raw: KEEP_DAYS * DAY_MS },
    clock: systemClock,
    log: createLog({ name: 'bench', level: 'warn' }),
    metrics: createMetrics({ processMetrics: false }),
  });
}

async function measure(dir: string, { targetIds, now, generateS, rollUpS }: Made): Promise<Figures> {
  const sizes = await tableSizes(dir);
  const raw = sizes.find(({ table }) => table === 'results');
  const begin = performance.now();
  await using server = await startServerProcess({ command: 'server', dataDir: dir, env: ENV });
  const startS = (performance.now() - begin) / 1_000;
  const client = await signIn(server.url);
  const range = (days: number, index: number) => `from=${now - days * DAY_MS - index}&to=${now - index}&tz=Asia/Shanghai`;
  const series = (days: number) => (index: number) =>
    timed(client, `/targets/${targetIds[(index * 17) % targetIds.length]}/series?${range(days, index)}&points=800`);
  const overview = (days: number) => (index: number) => timed(client, `/overview?${range(days, index)}`);
  const page = (index: number) =>
    timed(client, `/targets/${targetIds[(index * 17) % targetIds.length]}/results?${range(7, index)}&limit=15`);
  const figures: Record<string, number | string> = {
    rawResults: raw?.rows ?? 0,
    rawBytesPerResult: rounded((raw?.bytes ?? 0) / (raw?.rows ?? 1), 1),
    allTablesBytesPerResult: rounded(sizes.reduce((sum, { bytes }) => sum + bytes, 0) / (raw?.rows ?? 1), 1),
    generateS,
    rollUpS,
    serverStartS: rounded(startS, 1),
  };
  for (const [name, ask] of [
    ['yearChart', series(365)],
    ['monthChart', series(31)],
    ['dayChart', series(1)],
    ['overviewDay', overview(1)],
    ['overviewWeek', overview(7)],
    ['overviewMonth', overview(31)],
    ['overviewYear', overview(365)],
    ['resultsPage', page],
    // The same again when the server has run for some hundred questions: its code is compiled by then.
    ['yearChartLater', (index: number) => series(365)(1_000 + index)],
  ] as const) {
    const first = await ask(0);
    const times: number[] = [];
    for (let index = 1; index <= REPEATS; index += 1) times.push(await ask(index));
    figures[`${name}FirstMs`] = rounded(first, 1);
    figures[`${name}Ms`] = rounded(median(times), 1);
    figures[`${name}P95Ms`] = rounded(quantile(times, 0.95), 1);
  }
  figures['rssMb'] = rounded(readTreeUsage(server.process.pid).rssBytes / 1e6);
  for (const { table, rows, bytes } of sizes) figures[`${table}Rows`] = `${rows}, ${rounded(bytes / rows, 1)} B each`;
  return figures;
}

/** One request, until its last byte is here, ms. */
async function timed(client: ApiClient, path: string): Promise<number> {
  const begin = performance.now();
  const answer = await client.request('GET', path);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
  return performance.now() - begin;
}

async function tableSizes(dir: string) {
  const store = await openStore(dir);
  try {
    return await store.engine.rows<{ table: string; rows: number; bytes: number }>(
      `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
       WHERE active AND database = currentDatabase() AND table LIKE 'results%' GROUP BY table ORDER BY table`,
    );
  } finally {
    await store.close();
  }
}
