import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentStatus } from '@watchpost/contracts/agents/agent-wire';
import { enrol, readIdentity } from '../enrolment/enrolment.ts';
import { createSimClock } from '../spool/testing/sim-clock.ts';
import { type AgentClient, createAgentClient } from './agent-client.ts';

let server: Server;
let url: string;
let handle: RequestListener;
let requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let client: AgentClient;

beforeEach(async () => {
  requests = [];
  handle = (_request, response) => void response.writeHead(204).end();
  server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      handle(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createAgentClient({ serverUrl: url, key: 'wpa_a_b' });
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const config = (serverTime: number): string => JSON.stringify({ agentId: 'a', vantage: 'ct', checks: [], tests: [], serverTime });
const reply =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

describe('settings', () => {
  test('come with their etag and the difference of the clocks', async () => {
    const clock = createSimClock(1_000_000);
    const client2 = createAgentClient({ serverUrl: `${url}/base/`, key: 'wpa_a_b', clock });
    handle = (_request, response) => {
      clock.pass(200);
      response.writeHead(200, { etag: '"7"' }).end(config(990_000));
    };
    expect(await client2.getConfig(null, 30)).toEqual({
      etag: '"7"',
      config: JSON.parse(config(990_000)),
      clockOffsetMs: 10_100,
    });
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/base/api/v1/agents/self/config?wait=30' });
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer wpa_a_b', 'watchpost-protocol': '1' });
    expect(requests[0]?.headers['if-none-match']).toBeUndefined();
    client2.close();
  });

  test('a long wait says nothing about the clocks', async () => {
    const clock = createSimClock();
    const client2 = createAgentClient({ serverUrl: url, key: 'k', clock });
    handle = (_request, response) => {
      clock.pass(20_000);
      response.writeHead(200, { etag: '"8"' }).end(config(1));
    };
    expect((await client2.getConfig(null, 30))?.clockOffsetMs).toBeNull();
    client2.close();
  });

  test('304 is null', async () => {
    handle = reply(304);
    expect(await client.getConfig('"7"', 99)).toBeNull();
    expect(requests[0]).toMatchObject({ url: '/api/v1/agents/self/config?wait=30', headers: { 'if-none-match': '"7"' } });
  });

  test.each([
    [
      'an error in its own form',
      reply(401, JSON.stringify({ code: 'agent-revoked', message: 'x', issues: [], requestId: 'r' })),
      'agent-revoked',
    ],
    ['an error of something in between', reply(502, '<html>'), 'unavailable'],
    ['nonsense', reply(200, '{}'), 'unavailable'],
    ['a reset', ((_request, response) => void response.destroy()) satisfies RequestListener, 'unavailable'],
  ])('%s is an AppError', async (_name, listener, code) => {
    handle = listener;
    await expect(client.getConfig(null, 0)).rejects.toMatchObject({ name: 'AppError', code });
  });

  test('the wait can be ended', async () => {
    const controller = new AbortController();
    handle = () => controller.abort();
    await expect(client.getConfig(null, 30, controller.signal)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(client.getConfig(null, 30, controller.signal)).rejects.toMatchObject({ code: 'unavailable' });
    expect(requests.length).toBe(1);
  });
});

test('a kept-alive connection that the server has closed meanwhile is no failure', async () => {
  await client.postGaps([]);
  // The server drops the connection when the next request comes in on it, as if it had closed it a moment before.
  let drops = 0;
  server.prependListener('request', (request: IncomingMessage) => {
    if (drops++ === 0) request.socket.destroy();
  });
  await client.postGaps([]);
  expect(drops).toBe(2);
});

test('posts status, gaps and tests', async () => {
  const gap = { epoch: 1, first: 1, last: 2, fromAt: 3, toAt: 4, reason: 'spool-full' };
  await client.postStatus({ version: '1' } as AgentStatus);
  await client.postGaps([gap]);
  await client.postTest('a/b', { results: [] });
  expect(requests.map((request) => [request.method, request.url, request.body])).toEqual([
    ['POST', '/api/v1/agents/self/status', '{"version":"1"}'],
    ['POST', '/api/v1/agents/self/gaps', JSON.stringify([gap])],
    ['POST', '/api/v1/agents/self/tests/a%2Fb', '{"results":[]}'],
  ]);
  handle = reply(429, '', { 'retry-after': '7' });
  await expect(client.postGaps([gap])).rejects.toMatchObject({ retryAfterS: 7 });
});

describe('enrolment', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'enrol-'));
  });
  afterEach(() => rm(dir, { recursive: true }));
  const order = (): Parameters<typeof enrol>[0] => ({
    serverUrl: url,
    token: 't0ken',
    kind: 'probe',
    vantage: 'ct',
    name: 'n',
    dir: join(dir, 'data'),
  });

  test('a token becomes an identity that only its owner can read', async () => {
    handle = reply(201, JSON.stringify({ agentId: 'a1', key: 'wpa_a1_x', vantage: 'ct' }));
    expect(await readIdentity(join(dir, 'data'))).toBeNull();
    const identity = await enrol(order());
    expect(identity).toEqual({ agentId: 'a1', key: 'wpa_a1_x', vantage: 'ct', serverUrl: url });
    expect(await readIdentity(join(dir, 'data'))).toEqual(identity);
    expect((await stat(join(dir, 'data/identity.json'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      token: 't0ken',
      kind: 'probe',
      vantage: 'ct',
      name: 'n',
      protocol: 1,
    });
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  test('a refused token is said so, and leaves nothing behind', async () => {
    handle = reply(401, JSON.stringify({ code: 'bad-enrolment-token', message: 'used', issues: [], requestId: 'r' }));
    await expect(enrol(order())).rejects.toMatchObject({ code: 'bad-enrolment-token' });
    expect(await readIdentity(join(dir, 'data'))).toBeNull();
  });

  test('a broken identity is named', async () => {
    await writeFile(join(dir, 'identity.json'), '{"agentId":');
    await expect(readIdentity(dir)).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('identity.json'),
    });
    expect(await readFile(join(dir, 'identity.json'), 'utf8')).toBe('{"agentId":');
  });
});
