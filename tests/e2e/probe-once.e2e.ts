import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Result, resultSchema } from '@watchpost/contracts/results/result';
import { startTimedServer, type TimedServer } from '@watchpost/testkit/timed-server';
import { formatTimingPlan } from '@watchpost/testkit/timing-plan';
import { runWatchpost } from '@watchpost/testkit/watchpost-process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UNHURRIED } from './measured-rounds.ts';

const run = promisify(execFile);
let server: TimedServer;
beforeAll(async () => {
  server = await startTimedServer({ isRealtime: false });
});
afterAll(() => server.close());

const PLAN = { dnsMs: 40, tlsMs: 0, waitMs: 80, bodyMs: 60 };
const address = (scheme: 'http' | 'https', id: number, tlsMs = 0) =>
  `${scheme}://${formatTimingPlan({ ...PLAN, tlsMs, id })}:${scheme === 'http' ? server.httpPort : server.httpsPort}/`;

async function once(...args: readonly string[]): Promise<{ readonly code: number | null; readonly result: Result }> {
  const ended = await runWatchpost(['probe', 'once', ...args, ...UNHURRIED, '--json']);
  expect(ended.stdout.trim().split('\n'), ended.stderr).toHaveLength(1);
  return { code: ended.code, result: resultSchema.parse(JSON.parse(ended.stdout)) };
}

/** What `curl -w '%{json}'` says of the same address. */
async function curl(url: string): Promise<Record<string, number>> {
  const { hostname, port } = new URL(url);
  const { stdout } = await run('curl', [
    '-sS',
    '-o',
    '/dev/null',
    '-w',
    '%{json}',
    '--cacert',
    server.caFile,
    '--resolve',
    `${hostname}:${port}:127.0.0.1`,
    url,
  ]);
  return JSON.parse(stdout) as Record<string, number>;
}

test.each(['http', 'https'] as const)('%s: the fields agree with those of curl', async (scheme) => {
  const url = address(scheme, 1);
  const { code, result } = await once(url, '--resolver', server.resolver, '--ca', server.caFile);
  const theirs = await curl(url);
  expect(code).toBe(0);
  expect(result.outcome).toBe('up');
  expect({
    status: result.httpStatus,
    body: result.sizeDownload,
    header: result.headerSize,
    redirects: result.redirectCount,
    ip: result.remoteIp,
    version: result.httpVersion,
  }).toEqual({
    status: theirs['http_code'],
    body: theirs['size_download'],
    header: theirs['size_header'],
    redirects: theirs['num_redirects'],
    ip: theirs['remote_ip'],
    version: theirs['http_version'],
  });
  const times = [result.nameLookupUs, result.connectUs, result.preTransferUs, result.startTransferUs, result.totalUs].map(
    (us) => us ?? -1,
  );
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  // A timer of n ms fires n − 1 ms later at the earliest; no upper limits, the machine may be busy.
  expect(times[0]).toBeGreaterThanOrEqual(39_000);
  expect((times[3] ?? 0) - (times[2] ?? 0)).toBeGreaterThanOrEqual(79_000);
  expect((times[4] ?? 0) - (times[3] ?? 0)).toBeGreaterThanOrEqual(59_000 - 1_000);
  expect(result.appConnectUs === null).toBe(scheme === 'http');
  expect(result.certExpiresAt === null).toBe(scheme === 'http');
});

test('exit code 0 for up and degraded, 1 for not up, 2 for wrong usage, with flag, value and rule', async () => {
  const url = address('http', 2);
  const at = ['--resolver', server.resolver];
  expect((await once(url, ...at, '--rule', 'max-total=1ms')).code).toBe(0);
  const down = await once(url, ...at, '--rule', 'body-contains=not there');
  expect([down.code, down.result.outcome, down.result.errorCode]).toEqual([1, 'down', 'body-mismatch']);
  const unknownName = await once('http://nobody.example/', ...at);
  expect([unknownName.code, unknownName.result.errorCode]).toEqual([1, 'dns-nxdomain']);

  for (const args of [
    [],
    [url, '--no-such-flag'],
    [url, '--timeout', 'soon'],
    [url, '--overload-ms', '0'],
    [url, '--rule', 'status=abc'],
    ['ftp://127.0.0.1/'],
  ]) {
    const wrong = await runWatchpost(['probe', 'once', ...args]);
    expect([args, wrong.code, wrong.stdout]).toEqual([args, 2, '']);
    const culprit = args.at(-1);
    if (culprit !== undefined) expect(wrong.stderr).toContain(culprit.split('=').at(-1));
  }
});

test('without --json a person can read it', async () => {
  const args = [address('http', 3), '--resolver', server.resolver, ...UNHURRIED];
  const { stdout, code } = await runWatchpost(['probe', 'once', ...args]);
  expect(code).toBe(0);
  expect(stdout).toContain('200');
  expect(() => JSON.parse(stdout) as unknown).toThrow();
});
