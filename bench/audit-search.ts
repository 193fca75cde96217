import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import { fillStore, type MadeCommands, mergeStore, withEngine } from './audit-search-store.ts';
import type { Bench, Figures } from './bench.ts';
import { median, quantile, rounded } from './statistics.ts';

const PLANS = {
  full: { days: 180, commandsPerDay: 277_778, atMost: 180 },
  quick: { days: 3, commandsPerDay: 40_000, atMost: 3 },
} as const;
const REPEATS = 25;
const WORDS = ['kubectl', 'timeout', 'grep', 'journalctl', 'deploy', 'xargs', 'rsync', 'error', 'passwd', 'health'] as const;

/**
 * 50 million commands of 100 hosts over 180 days, generated in the store, then searched through the API of a real server; each question
 * is another one. `AUDIT_SEARCH_DIR` names a folder that is kept, and used again when it is filled.
 */
export const AUDIT_SEARCH: Bench = {
  name: 'audit-search',
  title: 'search at the API over 50 million stored commands',
  run: async ({ quick, log }) => {
    const kept = process.env['AUDIT_SEARCH_DIR'];
    const dir = kept ?? (await mkdtemp(join(tmpdir(), 'watchpost-audit-search-')));
    try {
      const made = await fillStore(dir, quick ? PLANS.quick : PLANS.full, log);
      await mergeStore(dir, log);
      return await measure(dir, made);
    } finally {
      if (kept === undefined) await rm(dir, { recursive: true, force: true });
    }
  },
};

async function measure(dir: string, { hostIds, now }: MadeCommands): Promise<Figures> {
  const [size] = await withEngine(dir, (engine) =>
    engine.rows<{ records: number; bytes: number; indexBytes: number; parts: number }>(
      `SELECT sum(rows) AS records, sum(bytes_on_disk) AS bytes, sum(secondary_indices_compressed_bytes) AS indexBytes, count() AS parts
       FROM system.parts WHERE active AND database = currentDatabase() AND table = 'commands'`,
    ),
  );
  const [starts] = await withEngine(dir, (engine) =>
    engine.rows<{ commands: number; characters: number }>(
      "SELECT count() AS commands, avg(length(text)) AS characters FROM commands WHERE kind = 'start'",
    ),
  );
  // Tokens that one command each has, from everywhere in the time.
  const rare = await withEngine(dir, (engine) =>
    engine.rows<{ token: string }>(
      `SELECT extract(text, 'X-Request-Id: ([0-9a-f]{8})') AS token FROM commands WHERE kind = 'start' AND host_id = {hostId:String}
       AND token != '' ORDER BY cityHash64(hash) LIMIT ${REPEATS + 1}`,
      { hostId: hostIds[7] },
    ),
  );
  const begin = performance.now();
  await using server = await startServerProcess({ command: 'server', dataDir: dir });
  const startS = (performance.now() - begin) / 1_000;
  const client = await signIn(server.url);
  const host = (index: number) => hostIds[(index * 13) % hostIds.length];
  // The data end at a time of their own: later on, "now" is a time without commands.
  const until = (index: number) => `to=${now - index * 60_000}`;
  const some = (index: number) => WORDS[index % WORDS.length];
  const questions: readonly (readonly [string, (index: number) => string])[] = [
    ['newestOf3Hosts', (index) => `hosts=${host(index)},${host(index + 1)},${host(index + 2)}&limit=100&${until(index)}`],
    ['newest', (index) => `limit=100&${until(index)}`],
    ['rareToken', (index) => `q=%3D${rare[index]?.token}&limit=50&${until(index)}`],
    ['rareSubstring', (index) => `q=${rare[index]?.token.slice(1)}&limit=50&${until(index)}`],
    ['commonSubstring', (index) => `q=${some(index)?.slice(1, -1)}&limit=50&${until(index)}`],
    ['commonWord', (index) => `q=${some(index)}&limit=50&${until(index)}`],
    ['wordOfAHost', (index) => `q=${some(index)}&hosts=${host(index)}&limit=50&${until(index)}`],
    ['userFailed', (index) => `users=user${(index * 7) % 200}&exit=failed&limit=50&${until(index)}`],
    ['hidden', (index) => `hidden=leading-space&limit=50&${until(index)}`],
    ['nothing', (index) => `q=zq${index}xnowhere&limit=50&${until(index)}`],
  ];
  const figures: Record<string, number | string> = {
    commands: starts?.commands ?? 0,
    charactersPerCommand: rounded(starts?.characters ?? 0, 1),
    records: size?.records ?? 0,
    parts: size?.parts ?? 0,
    bytesPerRecord: rounded((size?.bytes ?? 0) / (size?.records ?? 1), 1),
    indexBytesPerRecord: rounded((size?.indexBytes ?? 0) / (size?.records ?? 1), 1),
    serverStartS: rounded(startS, 1),
  };
  for (const [name, ask] of questions) {
    const first = await timed(client, ask(0));
    const times: number[] = [];
    for (let index = 1; index <= REPEATS; index += 1) times.push(await timed(client, ask(index)));
    figures[`${name}FirstMs`] = rounded(first, 1);
    figures[`${name}Ms`] = rounded(median(times), 1);
    figures[`${name}P95Ms`] = rounded(quantile(times, 0.95), 1);
  }
  figures['rssMb'] = rounded(readTreeUsage(server.process.pid).rssBytes / 1e6);
  return figures;
}

/** One search, until its last byte is here, ms. */
async function timed(client: ApiClient, query: string): Promise<number> {
  const begin = performance.now();
  const answer = await client.request('GET', `/commands?${query}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${query}: ${answer.status} ${text.slice(0, 300)}`);
  return performance.now() - begin;
}
