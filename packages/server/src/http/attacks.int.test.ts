import { request } from 'node:http';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRecord, ndjson } from '../testing/results.ts';
import { PASSWORD, signIn, startTestServer, type TestServer } from '../testing/start-test-server.ts';

let server: TestServer;
const secret = 'zzz-very-secret';
const target = {
  name: 'Shop',
  check: {
    kind: 'http',
    url: `https://user:${secret}-1@shop.example/`,
    headers: [
      { name: 'X-Api-Key', value: `${secret}-2` },
      { name: 'Accept', value: 'text/html' },
    ],
    body: `${secret}-3`,
    auth: { type: 'basic', username: 'u', password: `${secret}-4` },
  },
  vantages: ['ct'],
};

beforeAll(async () => {
  server = await startTestServer();
  for (const code of ['ct', 'cnc'])
    await server.call('POST', '/api/v1/vantages', { key: server.keys.operator, body: { code, name: code } });
});
afterAll(() => server.dispose());

/** A request whose path and headers go out as they are. */
function raw(path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('paths', () => {
  it.each([
    '/%ff',
    '/api/v1/targets/%ff',
    `/${'a'.repeat(5_000)}`,
    '/a%00b',
    '/../../etc/passwd',
    '//etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
  ])('that make no sense are answered plainly: %.30s', async (path) => {
    const answer = await raw(path);
    expect(answer.status).not.toBe(500);
    expect(answer.text).not.toContain('root:');
    if (answer.status === 400) expect(JSON.parse(answer.text)).toMatchObject({ code: 'bad-request', issues: [] });
  });
});

describe('questions', () => {
  const far = '9007199254740000';
  it.each([
    `series?from=${far}&to=9007199254740991`,
    'series?from=0&to=1',
    'series?from=0&to=86400000&tz=Asia/Kathmandu&points=4000',
    `series.csv?from=${far}&to=9007199254740991`,
    'series?range=year&points=10&vantages=ct,cnc,nowhere,%27;drop',
    'series?range=day&tz=%00',
    `series?range=day&vantages=${'x,'.repeat(1_000)}`,
    `results?from=${far}&to=9007199254740991`,
    'results?cursor=%27%20or%201=1',
    'results?cursor=9999999999999999999:a:1:1',
    'results?search=%27%22%5C%25_%00{x:String}',
    'results?errorCode=%27&outcome=up,down&vantages=%5C%27',
    'results.csv?search=%F0%9F%98%80&from=0&to=1',
    `results.json?from=${far}&to=9007199254740991`,
    `charts/response-time.svg?from=${far}&to=9007199254740991`,
    'charts/speed.png?from=0&to=1&width=4000&height=2000',
    'charts/percentiles.svg?range=3h&vantages=%3Cscript%3E&tz=UTC',
  ])('that make no sense are answered, not with 500: %s', async (question) => {
    const made = await server.call('GET', '/api/v1/targets/odd', { key: server.keys.viewer });
    if (made.status === 404) {
      const { check: _check, ...rest } = target;
      const body = { ...rest, name: 'Odd', check: { kind: 'icmp', host: '192.0.2.1' } };
      expect((await server.call('POST', '/api/v1/targets', { key: server.keys.operator, body })).json.id).toBe('odd');
    }
    const answer = await server.call('GET', `/api/v1/targets/odd/${question}`, { key: server.keys.viewer });
    expect([answer.status, answer.text.slice(0, 200)]).toEqual([
      expect.toBeOneOf([200, 400]),
      expect.not.stringContaining('<script'),
    ]);
  });

  it.each(['a:1:1', `${'a'.repeat(100)}:1:1`, "'; drop:1:1", 'a:99999999999999999999:1', '..%2f..:1:1'])(
    'for a result that cannot be: %s',
    async (id) => {
      const answer = await server.call('GET', `/api/v1/results/${encodeURIComponent(id)}`, { key: server.keys.viewer });
      expect([404, 400]).toContain(answer.status);
    },
  );

  it('for an overview of any time', async () => {
    for (const query of [`from=${far}&to=9007199254740991`, 'from=0&to=1', 'range=year&tz=Asia/Shanghai'])
      expect([200, 400]).toContain((await server.call('GET', `/api/v1/overview?${query}`, { key: server.keys.viewer })).status);
  });
});

describe('labels', () => {
  it('cannot reach into the objects of the program', async () => {
    const body = JSON.stringify({ ...target, name: 'Labels' }).replace('}', '}');
    const bad = `${body.slice(0, -1)},"labels":{"__proto__":"x"}}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await server.call('POST', '/api/v1/targets', { key: server.keys.operator, raw: bad, headers });
    expect(answer.status).toBe(400);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`l${index}`, 'x']));
    const tooMany = await server.call('POST', '/api/v1/targets', {
      key: server.keys.operator,
      body: { ...target, labels: many },
    });
    expect([tooMany.status, tooMany.json.issues[0]?.field]).toEqual([400, 'labels']);
  });
});

describe('hidden secrets', () => {
  it('that come back in a change stay what they are, and never become the secret', async () => {
    const { operator, viewer } = server.keys;
    const { id } = (await server.call('POST', '/api/v1/targets', { key: operator, body: target })).json;
    const path = `/api/v1/targets/${id}`;
    const shown = (await server.call('GET', path, { key: viewer })).json;
    expect(JSON.stringify(shown)).not.toContain(secret);
    const { id: _id, source: _source, createdAt: _created, updatedAt: _updated, ...input } = shown;
    const changed = await server.call('PUT', path, { key: operator, body: { ...input, name: 'Renamed' } });
    expect(changed.json).toMatchObject({ name: 'Renamed', check: target.check });
    const moved = {
      ...input,
      check: { ...input.check, url: input.check.url.replace('shop.example', 'evil.example') },
    };
    const refused = await server.call('PUT', path, { key: operator, body: moved });
    expect([refused.status, refused.json.issues.map((issue: { field: string }) => issue.field)]).toEqual([
      400,
      ['check.url', 'check.headers.0.value', 'check.body', 'check.auth.password'],
    ]);
    for (const [method, other] of [
      ['POST', '/api/v1/targets'],
      ['POST', '/api/v1/tests'],
    ] as const) {
      const body = other.endsWith('tests') ? { check: input.check, vantages: ['ct'] } : input;
      const copied = await server.call(method, other, { key: operator, body });
      expect([other, copied.status]).toEqual([other, 400]);
    }
  });
});

describe('guessing passwords', () => {
  it('many at once is counted like one after the other', async () => {
    const tries = Array.from({ length: 30 }, () =>
      server.call('POST', '/api/v1/session', { body: { email: 'burst@example.com', password: 'wrong password' } }),
    );
    const statuses = (await Promise.all(tries)).map((answer) => answer.status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
    await signIn(server.call, 'admin@example.com', PASSWORD);
  });

  it('leaves no password in the log of deeds when it is typed where the address goes', async () => {
    await server.call('POST', '/api/v1/session', { body: { email: 'hunter2 is my password', password: 'x' } });
    const log = await server.call('GET', '/api/v1/audit-log', { key: server.keys.administrator });
    expect(log.text).not.toContain('hunter2');
  });
});

describe('an agent that means harm', () => {
  it('cannot break the list of agents with absurd gaps', async () => {
    const agent = await server.enrol('ct');
    for (const epoch of [1, 2, 3]) {
      const gap = { epoch, first: 1, last: Number.MAX_SAFE_INTEGER, fromAt: 0, toAt: 1, reason: 'x' };
      expect((await server.call('POST', '/api/v1/agents/self/gaps', { key: agent.key, body: [gap] })).status).toBe(204);
    }
    expect((await server.call('GET', '/api/v1/agents', { key: server.keys.viewer })).status).toBe(200);
    const backwards = { epoch: 9, first: 5, last: 1, fromAt: 0, toAt: 1, reason: 'x' };
    expect((await server.call('POST', '/api/v1/agents/self/gaps', { key: agent.key, body: [backwards] })).status).toBe(400);
  });

  it('is slowed down when it asks without end', async () => {
    const agent = await server.enrol('ct');
    const statuses: number[] = [];
    for (let count = 0; count < 400 && statuses.at(-1) !== 429; count++) {
      statuses.push((await server.call('GET', '/api/v1/agents/self/config', { key: agent.key })).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });

  it('gets no memory for bodies that grow', async () => {
    const agent = await server.enrol('ct');
    const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024, 10));
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'zstd', 'watchpost-batch': '1:1-1' };
    const send = () => server.call('POST', '/api/v1/agents/self/results', { key: agent.key, raw: bomb, headers });
    const statuses = (await Promise.all(Array.from({ length: 20 }, send))).map((answer) => answer.status);
    expect(statuses.every((status) => status === 413 || status === 429 || status === 503)).toBe(true);
    expect(statuses).toContain(413);
  });

  it('cannot answer a test in the name of another vantage point', async () => {
    const agent = await server.enrol('cnc');
    await server.call('GET', '/api/v1/agents/self/config', { key: agent.key });
    const order = { check: { kind: 'icmp', host: '192.0.2.1' }, vantages: ['cnc'] };
    const test = (await server.call('POST', '/api/v1/tests', { key: server.keys.operator, body: order })).json;
    const { sequence: _sequence, ...result } = makeRecord(1, { vantage: 'ct', agentId: 'somebody' });
    const path = `/api/v1/agents/self/tests/${test.id}`;
    await server.call('POST', path, { key: agent.key, body: { results: [result] } });
    const { results } = (await server.call('GET', `/api/v1/tests/${test.id}`, { key: server.keys.operator })).json;
    expect(results).toMatchObject([{ vantage: 'cnc', agentId: agent.agentId }]);
  });
});

describe('a revoked agent', () => {
  it('is sent away at once, also from a question that waits', async () => {
    const agent = await server.enrol('ct');
    const etag = (await server.call('GET', '/api/v1/agents/self/config', { key: agent.key })).headers.get('etag')!;
    const waiting = server.call('GET', '/api/v1/agents/self/config?wait=30', {
      key: agent.key,
      headers: { 'if-none-match': etag },
    });
    await expect.poll(() => waitingAgents(), { interval: 20 }).toBe(1);
    await server.call('DELETE', `/api/v1/agents/${agent.agentId}`, { key: server.keys.operator });
    expect((await waiting).json.code).toBe('agent-revoked');
    const headers = { 'content-type': 'application/x-ndjson', 'watchpost-batch': '1:1-1' };
    const body = ndjson([makeRecord(1, { agentId: agent.agentId })]);
    expect((await server.call('POST', '/api/v1/agents/self/results', { key: agent.key, raw: body, headers })).status).toBe(401);
  });

  it('may wait a few times only: the oldest question is answered', async () => {
    const agent = await server.enrol('ct');
    const etag = (await server.call('GET', '/api/v1/agents/self/config', { key: agent.key })).headers.get('etag')!;
    const stop = new AbortController();
    const ask = () =>
      server.call('GET', '/api/v1/agents/self/config?wait=30', {
        key: agent.key,
        headers: { 'if-none-match': etag },
        signal: stop.signal,
      });
    const asked = Array.from({ length: 6 }, ask);
    expect((await Promise.any(asked)).status).toBe(304);
    await expect.poll(() => waitingAgents(), { interval: 20 }).toBe(4);
    stop.abort();
    await Promise.allSettled(asked);
    await expect.poll(() => waitingAgents(), { interval: 20 }).toBe(0);
  });

  const waitingAgents = async () => {
    const { text } = await server.call('GET', '/metrics');
    return Number(/^watchpost_agents_waiting (\d+)$/m.exec(text)?.[1]);
  };
});

describe('live streams', () => {
  const open = async (headers: Readonly<Record<string, string>>) => {
    const stop = new AbortController();
    const response = await fetch(`${server.url}/api/v1/live`, { headers, signal: stop.signal });
    return { response, stop };
  };

  it('end with the session, the account and the key they were opened with', async () => {
    const key = server.keys.administrator;
    const body = { email: 'eve@example.com', name: 'Eve', password: 'eves password', role: 'viewer' };
    const eve = (await server.call('POST', '/api/v1/users', { key, body })).json;
    const made = (await server.call('POST', '/api/v1/api-keys', { key, body: { name: 'k', role: 'viewer' } })).json;
    const cookie = await signIn(server.call, 'eve@example.com', 'eves password');
    const person = await open({ cookie });
    const script = await open({ authorization: `Bearer ${made.key}` });
    const ended = [person, script].map(({ response }) => response.text());
    await server.call('DELETE', `/api/v1/users/${eve.id}`, { key });
    await server.call('DELETE', `/api/v1/api-keys/${made.id}`, { key });
    for (const text of await Promise.all(ended)) expect(text).toContain('retry:');
  });

  it('are limited for each viewer', async () => {
    const made = (
      await server.call('POST', '/api/v1/api-keys', { key: server.keys.administrator, body: { name: 'k', role: 'viewer' } })
    ).json;
    const streams = await Promise.all(Array.from({ length: 40 }, () => open({ authorization: `Bearer ${made.key}` })));
    const statuses = streams.map(({ response }) => response.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(32);
    expect(statuses.filter((status) => status === 429)).toHaveLength(8);
    for (const { stop } of streams) stop.abort();
  });
});
