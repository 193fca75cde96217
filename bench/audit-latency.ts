import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '@watchpost/contracts/api/audit';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { joinRecorder } from '@watchpost/testkit/joined-recorder';
import { launchChromium } from '@watchpost/testkit/chromium';
import { enrolHost } from '@watchpost/testkit/command-sender';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import { buildPage } from '../scripts/page.mjs';
import type { Bench, Figures } from './bench.ts';
import { startCommandHosts } from './command-hosts.ts';
import { openLivePage, watchFrames, watchMarks } from './live-screen.ts';
import { openSpoolWriter, type SpoolWriter } from '@watchpost/testkit/shells/spool-writer';
import { quantile, rounded } from './statistics.ts';

const HOSTS = 100;
const REAL_RECORDERS = 4;
const COMMANDS_PER_S = 5;
/** The first seconds are not counted: connections are made, code is compiled. */
const WARM_S = 4;
const SETTLE_MS = 20_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * From Enter to the screen. Real: the server and its store, Chromium with the live page of all hosts, and four hosts with
 * their recorders, whose spool files are written as a hook writes them. The other 96 hosts chain and send as a recorder's
 * uplink does, from one process. Measured are the commands of the four: from just before the write of START into the spool
 * file until the frame with the line has been painted, while the page filters for them; then the page without a filter.
 * Stages: until the server has unpacked the batch (hook, recorder, its spool, uplink); until the event is in the page (durable
 * write, and the gathering of events); until it is painted.
 */
export const AUDIT_LATENCY: Bench = {
  name: 'audit-latency',
  title: 'from Enter to the screen of the live page: 100 hosts × 5 commands a second',
  run: async ({ quick, log }) => {
    buildPage();
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await createTempDir('audit-latency'));
    const server = stack.use(await startServerProcess({ command: 'server', dataDir: join(dir.path, 'server') }));
    const client = await signIn(server.url);
    log(`${REAL_RECORDERS} recorders and ${HOSTS - REAL_RECORDERS} simulated hosts join`);
    const writers: SpoolWriter[] = [];
    const recorders: number[] = [];
    for (let index = 0; index < REAL_RECORDERS; index += 1) {
      const spool = join(dir.path, `shells-${index}`);
      await mkdir(spool);
      const dataDir = join(dir.path, `recorder-${index}`);
      const joined = await joinRecorder({ client, name: `real-${index}`, dataDir, spool });
      recorders.push(stack.use(joined.start()).pid);
      const writer = openSpoolWriter({ dir: spool, random: index + 1 });
      stack.defer(writer.close);
      writers.push(writer);
    }
    const hosts = [];
    for (let index = REAL_RECORDERS; index < HOSTS; index += 1) {
      const { agentId, key } = await enrolHost(client, `host-${index}`, `127.0.1.${index}`);
      hosts.push({ hostId: agentId, key });
    }
    const browser = await launchChromium();
    stack.defer(() => browser.close());
    writers[0]?.end(writers[0].begin('warm up'), 0);
    const page = await openLivePage(browser, server.url);
    const load = stack.use(await startCommandHosts({ serverUrl: server.url, hosts, commandsPerS: COMMANDS_PER_S }));

    await page.getByRole('searchbox', { name: 'Filter' }).fill('lat-');
    const typing = startTyping(writers);
    await pause(WARM_S * 1_000);
    const seconds = quick ? 6 : 45;
    log(`typing for ${seconds} s`);
    const marks = await watchMarks(page);
    const first = typing.count();
    const usedCores = watchCores({ all: [process.pid], server: [server.process.pid], recorders, hosts: [load.pid] });
    await pause(seconds * 1_000);
    const cores = usedCores();
    const last = typing.count();
    await pause(2_000);
    const seen = await marks.stop();
    const typed = typing.times().slice(first, last);
    const passed = typed.flatMap((typedAt, index) => {
      const at = seen.get(first + index);
      return at === undefined ? [] : [{ typedAt, ...at }];
    });
    const latencies = passed.map(({ typedAt, paintedAt }) => paintedAt - typedAt);
    // Without those that came with the page's first look, not as an event.
    const told = passed.filter(({ arrivedAt }) => !Number.isNaN(arrivedAt));
    const toServer = told.map(({ typedAt, receivedAt }) => receivedAt - typedAt);
    const toPage = told.map(({ receivedAt, arrivedAt }) => arrivedAt - receivedAt);
    const toScreen = told.map(({ arrivedAt, paintedAt }) => paintedAt - arrivedAt);

    await page.getByRole('searchbox', { name: 'Filter' }).fill('');
    const smoothMs = quick ? 4_000 : 20_000;
    log(`watching the frames of the page without a filter for ${smoothMs / 1_000} s`);
    await pause(1_000);
    const smooth = await watchFrames(page, smoothMs);
    typing.stop();
    const report = await load.finish();
    const foot = await page.locator('.live-foot').innerText();
    const expected = report.records;
    const stored = await waitForStored(client, expected);
    const figures: Figures = {
      hosts: HOSTS,
      realRecorders: REAL_RECORDERS,
      commandsPerS: HOSTS * COMMANDS_PER_S,
      measured: typed.length,
      neverSeen: typed.length - latencies.length,
      enterToScreenP50Ms: rounded(quantile(latencies, 0.5)),
      enterToScreenP90Ms: rounded(quantile(latencies, 0.9)),
      enterToScreenP99Ms: rounded(quantile(latencies, 0.99)),
      enterToScreenMaxMs: rounded(Math.max(...latencies)),
      enterToServerP50Ms: rounded(quantile(toServer, 0.5)),
      enterToServerP99Ms: rounded(quantile(toServer, 0.99)),
      serverToPageP50Ms: rounded(quantile(toPage, 0.5)),
      serverToPageP99Ms: rounded(quantile(toPage, 0.99)),
      pageToScreenP50Ms: rounded(quantile(toScreen, 0.5)),
      pageToScreenP99Ms: rounded(quantile(toScreen, 0.99)),
      batchP50Ms: rounded(quantile(report.sendMs, 0.5)),
      batchP99Ms: rounded(quantile(report.sendMs, 0.99)),
      batchesPerS: rounded(report.sendMs.length / report.seconds),
      commandsTypedPerS: rounded(report.commands / report.seconds, 1),
      pushedBack: report.pushedBack,
      serverCores: rounded(cores.server, 2),
      recordersCores: rounded(cores.recorders, 2),
      simulatedHostsCores: rounded(cores.hosts, 2),
      browserAndBenchCores: rounded(cores.all - cores.server - cores.recorders - cores.hosts, 2),
      frames: smooth.frames,
      droppedFrames: smooth.dropped,
      droppedRatio: rounded(smooth.dropped / (smooth.dropped + smooth.frames), 4),
      longestFrameMs: rounded(smooth.longestFrameMs),
      longTasks: smooth.longTasks,
      longestTaskMs: rounded(smooth.longestTaskMs),
      skippedOnScreen: /(\d+) not shown/.exec(foot)?.[1] ?? '0',
      sentBySimulated: expected,
      storedOfSimulated: stored,
    };
    return figures;
  },
};

/** Processors that process trees use, by name, from now until the answer is asked for. */
function watchCores<Name extends string>(trees: Readonly<Record<Name, readonly number[]>>): () => Readonly<Record<Name, number>> {
  const names = Object.keys(trees) as Name[];
  const read = (name: Name): number => trees[name].reduce((sum, pid) => sum + readTreeUsage(pid).cpuUs, 0);
  const begin = performance.now();
  const before = new Map(names.map((name) => [name, read(name)]));
  return () => {
    const elapsedUs = (performance.now() - begin) * 1_000;
    const cores = names.map((name) => [name, (read(name) - (before.get(name) ?? 0)) / elapsedUs]);
    return Object.fromEntries(cores) as Record<Name, number>;
  };
}

/** Types `lat-<number>` in all shells in turn. */
function startTyping(writers: readonly SpoolWriter[]) {
  const times: number[] = [];
  const everyMs = 1_000 / (COMMANDS_PER_S * writers.length);
  const begin = performance.now();
  let timer: ReturnType<typeof setTimeout>;
  const type = (): void => {
    const number = times.length;
    const writer = writers[number % writers.length];
    if (writer === undefined) return;
    times.push(performance.timeOrigin + performance.now());
    const begun = writer.begin(`echo lat-${number} >> /tmp/notes`);
    setTimeout(() => writer.end(begun, 0), 3);
    timer = setTimeout(type, Math.max(0, begin + times.length * everyMs - performance.now()));
  };
  type();
  return { times: () => times, count: () => times.length, stop: () => clearTimeout(timer) };
}

async function waitForStored(client: ApiClient, expected: number): Promise<number> {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const hosts = await client.json<readonly Host[]>('GET', '/hosts');
    const stored = hosts.filter(({ name }) => name.startsWith('host-')).reduce((sum, host) => sum + host.stored, 0);
    if (stored >= expected || performance.now() > end) return stored;
    await pause(250);
  }
}
