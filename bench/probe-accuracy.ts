import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { StoredResult } from '@watchpost/contracts/api/quality';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startTimedServer, type TimedEvents, type TimedServer } from '@watchpost/testkit/timed-server';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import { accuracyFigures, type Measured } from './accuracy-figures.ts';
import type { Bench } from './bench.ts';
import { addressOf, checkOf, type Sample } from './timed-targets.ts';
import { scrapeBlackbox } from './tools/blackbox-samples.ts';
import { type BlackboxTool, startBlackboxTool } from './tools/blackbox-tool.ts';
import { canUseResolverNamespace, inResolverNamespace, ownNameserver } from './tools/resolver-namespace.ts';
import { type InstalledAgent, installAgent, storedResults } from './tools/running-agent.ts';

/** The shortest interval there is: so many targets for each measurement per second. */
const INTERVAL_S = 5;
/**
 * together: both tools at once, so that both have the same neighbours: our own server, which stores what the agent ships, runs on
 * the same machine. They take turns where both would be too much for two cores, or where others take the cores anyway.
 */
type Condition = {
  readonly name: string;
  readonly rate: number;
  readonly isHogged: boolean;
  readonly turns: number;
  readonly turnS: number;
  readonly isTogether: boolean;
};
const CONDITIONS: Readonly<Record<'full' | 'quick', readonly Condition[]>> = {
  full: [
    { name: 'rate1', rate: 1, isHogged: false, turns: 1, turnS: 180, isTogether: true },
    { name: 'rate50', rate: 50, isHogged: false, turns: 1, turnS: 30, isTogether: true },
    { name: 'rate200', rate: 200, isHogged: false, turns: 2, turnS: 15, isTogether: false },
    { name: 'hogs50', rate: 50, isHogged: true, turns: 2, turnS: 15, isTogether: false },
  ],
  quick: [
    { name: 'rate1', rate: 1, isHogged: false, turns: 1, turnS: 10, isTogether: true },
    { name: 'rate50', rate: 50, isHogged: false, turns: 1, turnS: 5, isTogether: true },
    { name: 'rate200', rate: 200, isHogged: false, turns: 1, turnS: 5, isTogether: false },
    { name: 'hogs50', rate: 50, isHogged: true, turns: 1, turnS: 5, isTogether: false },
  ],
};
/** Each target is measured once at least before the measurements that count. */
const WARM_UP_MS = (INTERVAL_S + 1) * 1_000;
/** From the last measurement that counts until the probe is stopped: they end and are delivered. */
const DELIVERY_MS = 3_000;
const START_TIMEOUT_MS = 60_000;
/** Longer than any condition takes. */
const HOG_LIMIT_MS = 180_000;
/** Plans of blackbox_exporter begin here: the same delays under other names. */
const BLACKBOX_PLANS = 504_000;
/** Fewer than a server makes at once. */
const EXPORTS_AT_ONCE = 2;

type Parts = {
  readonly server: TimedServer;
  readonly blackbox: BlackboxTool | null;
  readonly client: ApiClient;
  readonly dir: string;
  readonly log: (line: string) => void;
};
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const targetIdOf = (plan: number): string => `plan-${plan}`;
const planOf = (targetId: string): number => Number(targetId.replace('plan-', ''));

/**
 * Error of each phase against servers that say when they sent what. Ours is the real agent: enrolled at a real server,
 * with targets each 5 s, while it spools and ships; the results are read back from the server's export. blackbox_exporter
 * is scraped at the same rate against the same servers in the same run.
 */
export const PROBE_ACCURACY: Bench = {
  name: 'probe-accuracy',
  title: 'timing error of each phase of a running agent against chosen delays, and the share within uncertaintyUs',
  run: async ({ quick, log }) => {
    const conditions = CONDITIONS[quick ? 'quick' : 'full'].map((condition, index) => ({
      condition,
      plans: Array.from({ length: condition.rate * INTERVAL_S }, (_, each) => index * 10_080 + each),
    }));
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await createTempDir('accuracy'));
    const hasNames = await canUseResolverNamespace();
    const nameserver = ownNameserver();
    const server = stack.use(await startTimedServer(hasNames ? { dnsHost: nameserver, dnsPort: 53 } : {}));
    const blackbox = hasNames ? await startBlackbox(server, nameserver, dir.path) : null;
    if (blackbox === null) log('no blackbox_exporter here, or no right to give it a resolver: left out');
    else stack.use(blackbox);

    const settingsFile = join(dir.path, 'watchpost.yaml');
    const targets = conditions.flatMap(({ condition, plans }) =>
      plans.map((plan) => ({
        id: targetIdOf(plan),
        name: `Plan ${plan}`,
        check: checkOf(plan, server),
        vantages: [condition.name],
        intervalS: INTERVAL_S,
      })),
    );
    const vantages = conditions.map(({ condition: { name } }) => ({ code: name, name }));
    await writeFile(settingsFile, JSON.stringify({ vantages, targets }));
    log(`starting a server with ${targets.length} targets`);
    const watchpost = stack.use(
      await startServerProcess({
        command: 'server',
        dataDir: join(dir.path, 'server'),
        args: ['--settings-file', settingsFile],
      }),
    );
    const client = await signIn(watchpost.url);
    const parts: Parts = { server, blackbox, client, dir: dir.path, log };
    const figures: Record<string, number | string> = {};
    for (const { condition, plans } of conditions) {
      const { measured, events } = await measureCondition(parts, condition, plans);
      Object.assign(figures, accuracyFigures(condition.name, measured, events));
    }
    return figures;
  },
};

async function measureCondition(
  parts: Parts,
  condition: Condition,
  plans: readonly number[],
): Promise<{ readonly measured: Measured; readonly events: readonly TimedEvents[] }> {
  const { server, blackbox, client, log } = parts;
  const { name, rate, turns, turnS, isTogether } = condition;
  const agent = await installAgent(client, name, join(parts.dir, name));
  const theirPlans = plans.map((plan) => BLACKBOX_PLANS + plan);
  const theirs: Sample[] = [];
  const windows: { readonly from: number; readonly to: number }[] = [];
  const events: TimedEvents[] = [];
  const scrape = async (): Promise<void> => {
    if (blackbox === null) return;
    theirs.push(...(await scrapeBlackbox(blackbox, server, { plans: theirPlans, count: turnS * rate, rate })));
  };
  if (blackbox !== null) await scrapeBlackbox(blackbox, server, { plans: theirPlans, count: Math.max(10, rate), rate: 50 });
  const hogs = condition.isHogged ? startHogs() : [];
  try {
    for (let turn = 0; turn < turns; turn += 1) {
      windows.push(await runAgent(agent, server, turnS, isTogether ? scrape : null));
      events.push(...(await server.takeAllEvents()));
      if (!isTogether) await scrape();
      events.push(...(await server.takeAllEvents()));
    }
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL');
  }
  const results: StoredResult[] = [];
  for (const { from, to } of windows) results.push(...(await exportAll(client, plans, from, to)));
  log(`${name}: ${results.length} results, ${theirs.length} of blackbox_exporter`);
  return { measured: { ...ownSamples(results), blackbox: blackbox === null ? null : theirs }, events };
}

/** Starts the agent, lets it measure, and stops it. Gives the time in which the measurements count, Unix ms. */
async function runAgent(agent: InstalledAgent, server: TimedServer, turnS: number, meanwhile: (() => Promise<void>) | null) {
  const probe = agent.start();
  try {
    const end = performance.now() + START_TIMEOUT_MS;
    while ((await server.takeAllEvents()).length === 0) {
      if (performance.now() > end || probe.child.exitCode !== null)
        throw new Error(`the probe measures nothing: ${probe.stderr()}`);
      await pause(100);
    }
    await pause(WARM_UP_MS);
    const from = Date.now();
    await Promise.all([pause(turnS * 1_000), meanwhile?.()]);
    const to = Date.now();
    await pause(DELIVERY_MS);
    const { code } = await probe.stop();
    if (code !== 0) throw new Error(`the probe ended with ${code}: ${probe.stderr()}`);
    return { from, to };
  } finally {
    await probe.kill('tree');
  }
}

async function exportAll(
  client: ApiClient,
  plans: readonly number[],
  from: number,
  to: number,
): Promise<readonly StoredResult[]> {
  const results: StoredResult[] = [];
  const waiting = [...plans];
  const worker = async () => {
    for (let plan = waiting.pop(); plan !== undefined; plan = waiting.pop())
      results.push(...(await storedResults(client, targetIdOf(plan), from, to)));
  };
  await Promise.all(Array.from({ length: EXPORTS_AT_ONCE }, worker));
  return results;
}

function ownSamples(results: readonly StoredResult[]): Pick<Measured, 'own' | 'overloaded'> {
  const own: Sample[] = [];
  const overloaded: Sample[] = [];
  for (const result of results) {
    const { outcome, errorCode, errorText, nameLookupUs, connectUs, startTransferUs, startedAt, uncertaintyUs } = result;
    const isOverloaded = errorCode === 'probe-overloaded';
    if (outcome !== 'up' && !isOverloaded) throw new Error(`watchpost measured ${outcome}: ${errorText}`);
    if (nameLookupUs === null || connectUs === null || startTransferUs === null) continue;
    const sample = {
      plan: planOf(result.targetId),
      startedAt,
      times: { ...result, nameLookupUs, connectUs, startTransferUs },
      uncertaintyUs,
    };
    (isOverloaded ? overloaded : own).push(sample);
  }
  return { own, overloaded };
}

async function startBlackbox(server: TimedServer, nameserver: string, dir: string): Promise<BlackboxTool | null> {
  const wrap = async (command: readonly string[]): Promise<readonly [string, ...string[]]> => {
    const [file = '', ...args] = await inResolverNamespace(command, nameserver, dir);
    return [file, ...args];
  };
  const blackbox = await startBlackboxTool({ caFile: server.caFile, wrap });
  await blackbox?.metrics(addressOf(BLACKBOX_PLANS, server));
  return blackbox;
}

/** Takes every processor, from outside. They end by themselves, too: a bench that is killed cannot end them. */
function startHogs(): readonly ChildProcess[] {
  const loop = `while (performance.now() < ${HOG_LIMIT_MS});`;
  return cpus().map(() => spawn(process.execPath, ['-e', loop], { stdio: 'ignore' }));
}
