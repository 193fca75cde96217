import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Agent, EnrolmentToken } from '@watchpost/contracts/api/fleet';
import type { Overview, StoredResult } from '@watchpost/contracts/api/quality';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { freePort } from '@watchpost/testkit/free-port';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess, startWatchpost, type WatchpostProcess } from '@watchpost/testkit/watchpost-process';
import { expect, type TestContext, test } from 'vitest';
import {
  createTarget,
  eventually,
  exported,
  exportedAll,
  missing,
  pauseTargets,
  startSite,
  UNHURRIED,
} from './measured-rounds.ts';

const TIMEOUT_MS = 60_000;

/** A server with a vantage point, a site to measure, and a folder; all gone when the test has finished. */
async function startWorld({ onTestFinished }: TestContext) {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const dir = stack.use(await createTempDir('agent-life'));
  const site = stack.use(await startSite());
  const start = (port?: number) =>
    startServerProcess({ command: 'server', dataDir: join(dir.path, 'server'), ...(port === undefined ? {} : { port }) });
  const server = stack.use(await start());
  const client = await signIn(server.url);
  await client.json('POST', '/vantages', { code: 'ct', name: 'Telecom' });
  return { stack, dir: dir.path, site: site.url, server, client, startServer: start };
}

async function joinServer(stack: AsyncDisposableStack, client: ApiClient, dir: string, args: readonly string[] = []) {
  const { token } = await client.json<EnrolmentToken>('POST', '/agents/enrolment-tokens', { vantage: 'ct' });
  const joined = ['enrol', '--server', client.url, '--token', token, '--vantage', 'ct', '--data', dir, ...UNHURRIED, ...args];
  return stack.use(startWatchpost(joined));
}

/** Figures of a running probe, by name, from its own /metrics. */
async function figuresOf(probe: WatchpostProcess, port: number): Promise<ReadonlyMap<string, number>> {
  const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  );
  expect(probe.child.exitCode, probe.stderr()).toBeNull();
  const pairs = text.split('\n').flatMap((line): [string, number][] => {
    const [, name, value] = /^(\w+) (\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, Number(value)]];
  });
  return new Map(pairs);
}

// Each has a server of its own, and waits for rounds of 5 s most of the time.
test.concurrent('a probe that is asked to stop ends with 0, and every round it measured arrives once', async (context) => {
  const { stack, dir, site, server, client, startServer } = await startWorld(context);
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) ids.push(await createTarget(client, `${site}?${index}`, `T${index}`, 5));
  const probeDir = join(dir, 'probe');
  const metrics = await freePort();
  const first = await joinServer(stack, client, probeDir, ['--metrics-listen', `127.0.0.1:${metrics}`]);
  const all = (from: ApiClient) => exportedAll(from, ids);
  await eventually(
    () => all(client),
    (results) => results.length >= 5,
    TIMEOUT_MS,
  );

  // Nobody takes the results when it is stopped: they must be on its disk.
  await server.process.stop();
  const spooled = async () => (await figuresOf(first, metrics)).get('watchpost_spool_records') ?? 0;
  expect(await eventually(spooled, (records) => records >= 5, TIMEOUT_MS)).toBeGreaterThanOrEqual(5);
  expect(await first.stop()).toEqual({ code: 0, signal: null });

  const again = stack.use(await startServer(server.port));
  const stoppedAt = Date.now();
  const second = stack.use(startWatchpost(['probe', '--data-dir', probeDir, ...UNHURRIED]));
  const later = await signIn(again.url);
  const goesOn = (results: readonly StoredResult[]) => results.filter(({ startedAt }) => startedAt > stoppedAt).length >= 5;
  expect(await eventually(() => all(later), goesOn, TIMEOUT_MS), second.stderr()).toSatisfy(goesOn);
  await pauseTargets(later, ids);
  const isWhole = (results: readonly StoredResult[]) => missing(results).length === 0;
  const results = await eventually(() => all(later), isWhole, TIMEOUT_MS);
  expect(missing(results), second.stderr()).toEqual([]);
  const rounds = results.map(({ targetId, roundAt }) => `${targetId} ${roundAt}`);
  expect(new Set(rounds).size, 'no round twice').toBe(rounds.length);
  expect(await second.stop()).toEqual({ code: 0, signal: null });
});

test.concurrent('a revoked probe says so, measures on and keeps what it measures', async (context) => {
  const { stack, dir, site, client } = await startWorld(context);
  const targetId = await createTarget(client, site, 'T', 5);
  const metrics = await freePort();
  const probe = await joinServer(stack, client, join(dir, 'probe'), ['--metrics-listen', `127.0.0.1:${metrics}`]);
  await eventually(
    () => exported(client, targetId),
    (results) => results.length > 0,
    TIMEOUT_MS,
  );

  const [agent] = await client.json<readonly Agent[]>('GET', '/agents');
  await client.json('DELETE', `/agents/${agent?.id}`);
  const stored = await exported(client, targetId);
  const spooled = async () => (await figuresOf(probe, metrics)).get('watchpost_spool_records') ?? 0;
  expect(await eventually(spooled, (records) => records >= 2, TIMEOUT_MS)).toBeGreaterThanOrEqual(2);
  expect(probe.stderr()).toMatch(/"level":"?(error|50)"?.*the server does not accept this agent: records stay in the spool/);
  expect(probe.stderr()).toContain('agent-revoked');
  // What was on its way when the agent was revoked may still have been taken; nothing after that.
  expect((await exported(client, targetId)).length).toBeLessThanOrEqual(stored.length + 1);
  expect((await client.json<readonly Agent[]>('GET', '/agents'))[0]?.state).toBe('revoked');
  expect(await probe.stop()).toEqual({ code: 0, signal: null });
});

test.concurrent('a probe whose protocol the server does not speak says so, measures on and keeps what it measures', async (context) => {
  const { stack, dir, site, client } = await startWorld(context);
  await createTarget(client, site, 'T', 5);
  const probeDir = join(dir, 'probe');
  const metrics = await freePort();
  const flags = ['--metrics-listen', `127.0.0.1:${metrics}`];
  const first = await joinServer(stack, client, probeDir, flags);
  const measured = async (probe: WatchpostProcess) => (await figuresOf(probe, metrics)).get('watchpost_probe_measured') ?? 0;
  await eventually(
    () => measured(first),
    (count) => count > 0,
    TIMEOUT_MS,
  );
  expect((await first.stop()).code).toBe(0);

  // All that the probe says reaches the real server as said in a protocol of the future.
  const newer = createServer((asked, answer) => {
    const headers = { ...asked.headers, 'watchpost-protocol': '99' };
    const passed = request(`${client.url}${asked.url}`, { method: asked.method ?? 'GET', headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => newer.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void newer.close());
  const url = `http://127.0.0.1:${(newer.address() as AddressInfo).port}`;
  const second = stack.use(startWatchpost(['probe', '--data-dir', probeDir, '--server', url, ...UNHURRIED, ...flags]));
  const spooled = async () => (await figuresOf(second, metrics)).get('watchpost_spool_records') ?? 0;
  expect(await eventually(spooled, (records) => records >= 2, TIMEOUT_MS)).toBeGreaterThanOrEqual(2);
  expect(second.stderr()).toMatch(/unsupported-protocol.*the server does not accept this agent: records stay in the spool/);
  expect((await second.stop()).code).toBe(0);
});

test.concurrent('two probes of one vantage point: each round from both, none in the way of the other', async (context) => {
  const { stack, dir, site, client } = await startWorld(context);
  const targetId = await createTarget(client, site, 'T', 5);
  const probes = [await joinServer(stack, client, join(dir, 'a')), await joinServer(stack, client, join(dir, 'b'))];
  const byAgent = async () => Map.groupBy(await exported(client, targetId), (result) => result.agentId);
  const isEnough = (groups: ReadonlyMap<string, readonly StoredResult[]>) =>
    groups.size === 2 && [...groups.values()].every((own) => own.length >= 2);
  const groups = await eventually(byAgent, isEnough, TIMEOUT_MS);
  expect(isEnough(groups), probes.map((probe) => probe.stderr()).join('\n')).toBe(true);
  for (const own of groups.values()) {
    expect(own.every(({ outcome, vantage, roundAt }) => outcome === 'up' && vantage === 'ct' && roundAt % 5_000 === 0)).toBe(
      true,
    );
    expect(new Set(own.map(({ roundAt }) => roundAt)).size).toBe(own.length);
  }
  const [a = [], b = []] = [...groups.values()].map((own) => own.map(({ roundAt }) => roundAt));
  expect(
    a.some((roundAt) => b.includes(roundAt)),
    'they measure the same rounds',
  ).toBe(true);
  const { targets } = await client.json<Overview>('GET', '/overview?range=3h');
  expect(targets[0]?.lines.map(({ vantage, outcome, availability }) => [vantage, outcome, availability])).toEqual([
    ['ct', 'up', 1],
  ]);
});
