import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resultSchema } from '@watchpost/contracts/results/result';
import { runWatchpost, startWatchpost } from '@watchpost/testkit/watchpost-process';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/never') return;
    response
      .writeHead(request.url === '/gone' ? 404 : 200, { 'x-kind': 'test' })
      .end(`{"state":"ok","a":"${'a'.repeat(100_000)}!"}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A slow machine is no fault of what is measured here. */
const UNHURRIED = ['--overload-ms', '10000'];
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('watchpost', () => {
  it('explains itself, and refuses what it does not know', async () => {
    expect(await runWatchpost(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('selfcheck') as string });
    expect(await runWatchpost(['help', 'probe'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--rule') as string });
    expect(await runWatchpost(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^watchpost \d/) as string,
    });
    expect(await runWatchpost([])).toMatchObject({ code: 2 });
    expect(await runWatchpost(['nonsense'])).toMatchObject({ code: 2, stderr: expect.stringContaining('nonsense') as string });
  });
});

describe('watchpost probe once', () => {
  it('prints one whole result as JSON; 0 when up or degraded, 1 when not', async () => {
    const up = await runWatchpost([
      'probe',
      'once',
      `${url}/`,
      '--rule',
      'json:$.state=ok',
      '--rule',
      'header:X-Kind=test',
      ...UNHURRIED,
      '--json',
    ]);
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(resultSchema.parse(JSON.parse(up.stdout))).toMatchObject({
      outcome: 'up',
      targetId: 'once',
      vantage: 'local',
      httpStatus: 200,
    });
    const slow = await runWatchpost(['probe', 'once', `${url}/`, '--rule', 'max-total=1us', ...UNHURRIED, '--json']);
    expect(slow.code).toBe(0);
    expect(lines(slow.stdout)).toMatchObject([{ outcome: 'degraded', errorCode: 'slow' }]);
    const gone = await runWatchpost(['probe', 'once', `${url}/gone`, ...UNHURRIED]);
    expect(gone).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('status: The status is not an expected one') as string,
    });
  });

  it.each([
    [['ftp://x'], /URL "ftp:\/\/x": must be one of/],
    [[], /URL is missing/],
    [['http://x', '--rule', 'body-regex=('], /--rule "body-regex=\(": pattern: must be a pattern of RE2 syntax/],
    [['http://x', '--rule', 'nope=1'], /there is no rule "nope"/],
    [['http://x', '--timeout', 'soon'], /--timeout "soon": must be a duration/],
    [['http://x', '--ip', '5'], /--ip "5"/],
    [['tcp://x:1', '--method', 'GET'], /--method "GET": is not for tcp checks/],
    [['http://x', '--colour'], /--colour/],
  ])('names what is wrong in %j', async (args, message) => {
    const { code, stderr } = await runWatchpost(['probe', 'once', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('watchpost probe batch', () => {
  it('measures good lines, names bad ones, and goes on', async () => {
    const input = [
      { id: 'one', check: { kind: 'http', url: `${url}/` } },
      { kind: 'tcp', host: '127.0.0.1', port: 1 },
      { url: `${url}/`, rules: ['body-regex=(a+)+$'], id: 'hostile' },
      { url: 'gopher://x' },
      { id: 'bad', check: { kind: 'http', url: `${url}/`, rules: [{ type: 'body-regex', pattern: '(' }] } },
    ];
    const text = `${input.map((line) => JSON.stringify(line)).join('\n')}\n\nnot json\n${JSON.stringify({ id: 'last', url })}`;
    const { code, stdout, stderr } = await runWatchpost(['probe', 'batch', ...UNHURRIED], { input: text });
    expect(code).toBe(2);
    const found = lines(stdout);
    expect(found.length).toBe(7);
    const errors = found.filter((line) => 'error' in line);
    expect(errors).toEqual([
      { error: { line: 4, issues: [expect.objectContaining({ field: 'url', value: 'gopher://x' })] } },
      { error: { line: 5, id: 'bad', issues: [expect.objectContaining({ field: 'check.rules.0.pattern', value: '(' })] } },
      { error: { line: 7, issues: [expect.objectContaining({ field: '(whole)' })] } },
    ]);
    expect(stderr.trim().split('\n').length).toBe(3);
    const byId = Object.fromEntries(
      found.filter((line) => !('error' in line)).map((line) => [line['targetId'], resultSchema.parse(line)]),
    );
    expect(byId['one']).toMatchObject({ outcome: 'up' });
    expect(byId['line-2']).toMatchObject({ outcome: 'down', errorCode: 'connect-refused' });
    expect(byId['hostile']).toMatchObject({ outcome: 'down', errorCode: 'body-mismatch' });
    expect(byId['last']).toMatchObject({ outcome: 'up' });
  });

  it('keeps to the concurrency and gives every line its result', async () => {
    let held: ServerResponse[] = [];
    let most = 0;
    const holding = createServer((_request, response) => {
      held.push(response);
      most = Math.max(most, held.length);
      if (held.length > 1) return;
      // Long enough for one more to come, if one more would.
      setTimeout(() => {
        const answered = held;
        held = [];
        for (const each of answered) each.end('ok');
      }, 200);
    });
    holding.listen(0, '127.0.0.1');
    await once(holding, 'listening');
    onTestFinished(() => void holding.close());
    const origin = `http://127.0.0.1:${(holding.address() as AddressInfo).port}`;
    const input = Array.from({ length: 30 }, (_, index) => JSON.stringify({ id: `n${index}`, url: origin })).join('\n');
    const { code, stdout } = await runWatchpost(['probe', 'batch', '--concurrency', '3', ...UNHURRIED], { input });
    expect(code).toBe(0);
    expect(new Set(lines(stdout).map(({ targetId }) => targetId)).size).toBe(30);
    expect(most).toBe(3);
  });

  it('gives more lines than wait in the thread their results', async () => {
    const input = Array.from({ length: 600 }, (_, index) => JSON.stringify({ id: `n${index}`, url })).join('\n');
    const { code, stdout } = await runWatchpost(['probe', 'batch'], { input });
    expect(code).toBe(0);
    expect(new Set(lines(stdout).map(({ targetId }) => targetId)).size).toBe(600);
  });

  it('ends cleanly when nobody reads any more, and when it is asked to', async () => {
    const input = Array.from({ length: 2_000 }, () => JSON.stringify({ url })).join('\n');
    await using deserted = startWatchpost(['probe', 'batch'], { input });
    deserted.child.stdout?.once('data', () => deserted.child.stdout?.destroy());
    expect(await deserted.exit).toEqual({ code: 0, signal: null });
    expect(deserted.stderr()).toBe('');

    await using stopped = startWatchpost(['probe', 'batch'], {
      input: `${JSON.stringify({ url })}\n${JSON.stringify({ url: `${url}/never` })}\n`,
    });
    await new Promise((resolve) => stopped.child.stdout?.once('data', resolve));
    expect(await stopped.stop()).toEqual({ code: 143, signal: null });
  });
});

describe('watchpost probe', () => {
  it('checks and prints its settings without running', async () => {
    const env = { WATCHPOST_PROBE_DATA_DIR: '/nowhere', WATCHPOST_PROBE_SPOOL_MAX_BYTES: '2000000' };
    expect(await runWatchpost(['probe', '--check-config'], { env })).toMatchObject({ code: 0 });
    const printed = await runWatchpost(['probe', '--print-config', '--max-in-flight', '7'], { env });
    expect(printed.stdout).toMatch(/maxBytes: 2000000[^]*maxInFlight: 7/);
    const wrong = await runWatchpost(['probe', '--check-config', '--metrics-listen', '0.0.0.0:9000'], { env });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/metricsListen: must be a loopback address/) as string,
    });
    const unknown = await runWatchpost(['probe', '--check-config'], { env: { ...env, WATCHPOST_PROBE_NOPE: '1' } });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('WATCHPOST_PROBE_NOPE') as string });
    expect(await runWatchpost(['probe'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('run watchpost enrol first') as string,
    });
  });
});
