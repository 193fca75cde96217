import { mkdtempSync, rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRecord, ndjson } from '../testing/results.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';

let server: TestServer;
let page: string;
let agent: { agentId: string; key: string };

beforeAll(async () => {
  page = mkdtempSync(join(tmpdir(), 'watchpost-page-'));
  mkdirSync(join(page, 'assets'));
  writeFileSync(join(page, 'index.html'), '<html><!-- first-requests --><style nonce="__CSP_NONCE__"></style></html>');
  writeFileSync(join(page, 'assets', 'app-1234.js'), 'export {};');
  writeFileSync(join(page, 'assets', 'app-1234.js.br'), brotliCompressSync('export {};'));
  server = await startTestServer({ pageDir: page });
  await server.call('POST', '/api/v1/vantages', { key: server.keys.operator, body: { code: 'ct', name: 'Telecom' } });
  await server.call('POST', '/api/v1/targets', {
    key: server.keys.operator,
    body: {
      name: 'Shop',
      check: {
        kind: 'http',
        url: 'http://shop.example/',
        auth: { type: 'basic', username: 'u', password: 'very secret' },
        headers: [{ name: 'X-Api-Key', value: 'also secret' }],
      },
      vantages: ['ct'],
      intervalS: 5,
    },
  });
  agent = await server.enrol('ct');
  const records = Array.from({ length: 30 }, (_, index) =>
    makeRecord(index + 1, {
      agentId: agent.agentId,
      roundAt: Date.now() - (31 - index) * 5_000,
      ...(index === 3
        ? { outcome: 'down', fault: 'target', errorCode: 'status', errorText: '=1+1, "quoted"', httpStatus: 503 }
        : {}),
    }),
  );
  const headers = { 'content-type': 'application/x-ndjson', 'watchpost-batch': '1:1-30' };
  await server.call('POST', '/api/v1/agents/self/results', { key: agent.key, raw: ndjson(records), headers });
});
afterAll(async () => {
  await server.dispose();
  rmSync(page, { recursive: true, force: true });
});

const get = (path: string) => server.call('GET', path, { key: server.keys.viewer });

describe('the description of the API', () => {
  it('covers every route of the API, each with a summary and its errors', async () => {
    const { json } = await server.call('GET', '/api/v1/openapi.json');
    expect(json.openapi).toMatch(/^3\.1/);
    const described = Object.entries(
      json.paths as Record<string, Record<string, { summary?: string; responses: object }>>,
    ).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
    );
    const routes = server.app.guardedRoutes
      .filter((route) => route.method !== 'HEAD' && route.url.startsWith('/api/'))
      .map((route) => `${route.method} ${route.url.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.map(({ name }) => name).toSorted()).toEqual(routes.toSorted());
    for (const { name, operation } of described) {
      expect([name, operation.summary !== undefined && '4XX' in operation.responses]).toEqual([name, true]);
    }
    for (const reference of JSON.stringify(json).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = reference[1]!.split('/').reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], json);
      expect([reference[1], found !== undefined]).toEqual([reference[1], true]);
    }
  });

  it('is valid OpenAPI 3.1 and says each schema once', async () => {
    const { json, text } = await server.call('GET', '/api/v1/openapi.json');
    expect(await new Validator().validate(json)).toEqual({ valid: true });
    expect(text.length).toBeLessThan(200_000);
    expect(json.paths['/api/v1/targets'].post.requestBody.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/NewTargetInput',
    });
  });
});

describe('answers', () => {
  it('to bad input name field, value and rule, and never a secret', async () => {
    const body = { name: '', check: { kind: 'http', url: 'gopher://x' }, vantages: ['nowhere'], surplus: 1 };
    const answer = await server.call('POST', '/api/v1/targets', { key: server.keys.operator, body });
    expect(answer.status).toBe(400);
    const issues = answer.json.issues as { field: string }[];
    expect(issues.map(({ field }) => field).toSorted()).toEqual(['check.url', 'name', 'surplus']);
    const noJson = await server.call('POST', '/api/v1/targets', {
      key: server.keys.operator,
      raw: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(noJson.json.code).toBe('bad-request');
    expect((await get('/api/v1/targets/shop/series?tz=Nowhere')).json.issues).toEqual([
      { field: 'tz', value: 'Nowhere', rule: 'must be an IANA time zone as Asia/Shanghai' },
    ]);
    expect((await get('/api/v1/targets/shop/series?from=5&to=4')).status).toBe(400);
    expect((await get('/api/v1/targets/shop/results?outcome=nice')).json.issues[0].field).toBe('outcome');
    expect((await get('/api/v1/nothing')).json).toMatchObject({ code: 'not-found', issues: [] });
    const large = { ...body, labels: { a: 'x'.repeat(2_000_000) } };
    expect((await server.call('POST', '/api/v1/targets', { key: server.keys.operator, body: large })).status).toBe(413);
  });

  it('show passwords and tokens of a check to operators only', async () => {
    for (const path of ['/api/v1/targets', '/api/v1/targets/shop', '/api/v1/overview']) {
      expect((await get(path)).text).not.toMatch(/very secret|also secret/);
      expect((await server.call('GET', path, { key: server.keys.operator })).text).toMatch(/very secret/);
    }
  });

  it('are never kept by caches, and only data', async () => {
    const { headers } = await get('/api/v1/targets');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the page', () => {
  it('allows no script but its files, and styles by a nonce that is new every time', async () => {
    const pages = [await server.call('GET', '/'), await server.call('GET', '/targets/shop')];
    const nonces = pages.map((page) => {
      expect(page.status).toBe(200);
      const policy = page.headers.get('content-security-policy')!;
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toMatch(/script-src[^;]*unsafe|style-src [^;]*unsafe|\*/);
      const nonce = /style-src 'self' 'nonce-([^']+)'/.exec(policy)![1]!;
      expect(page.text).toContain(`nonce="${nonce}"`);
      return nonce;
    });
    expect(new Set(nonces).size).toBe(2);
    const script = await server.call('GET', '/assets/app-1234.js');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect([script.headers.get('content-encoding'), script.text]).toEqual(['gzip', 'export {};']);
    const compressed = await server.call('GET', '/assets/app-1234.js', { headers: { 'accept-encoding': 'gzip, br' } });
    expect([compressed.headers.get('content-encoding'), compressed.text]).toEqual(['br', 'export {};']);
    expect((await server.call('GET', '/assets/gone.js')).status).toBe(404);
    expect((await server.call('GET', '/..%2f..%2fetc/passwd')).text).not.toContain('root:');
  });

  it('tells the browser what it will ask for first: with a session cookie the overview, too', async () => {
    const cookie = 'watchpost.session_token=any';
    const asked = async (path: string, headers: Record<string, string> = {}) =>
      [...(await server.call('GET', path, { headers })).text.matchAll(/rel="preload"[^>]* href="\/api\/v1([^"]*)"/g)].map(
        ([, to]) => to,
      );
    expect(await asked('/')).toEqual(['/session']);
    expect(await asked('/', { cookie })).toEqual(['/overview?range=3h', '/session', '/vantages']);
    expect(await asked('/?range=week&q=x', { cookie })).toEqual(['/overview?range=week', '/session', '/vantages']);
    expect(await asked('/?range=toString', { cookie })).toEqual(['/overview?range=3h', '/session', '/vantages']);
    expect(await asked('/?from=1&to=2', { cookie })).toEqual(['/session']);
    expect(await asked('/targets', { cookie })).toEqual(['/session']);
  });
});

describe('exports', () => {
  it('stream results as CSV that no spreadsheet runs, and as JSON', async () => {
    const csv = await get('/api/v1/targets/shop/results.csv?range=3h');
    expect(csv.headers.get('content-disposition')).toContain('shop-results.csv');
    const lines = csv.text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(31);
    expect(csv.text).toContain(`"'=1+1, ""quoted"""`);
    const json = await get('/api/v1/targets/shop/results.json?range=3h&outcome=down');
    expect(json.json).toHaveLength(1);
    expect(json.json[0]).toMatchObject({ outcome: 'down', id: `${agent.agentId}:1:4` });
    expect((await get(`/api/v1/results/${agent.agentId}:1:4`)).json).toMatchObject({ httpStatus: 503 });
    expect((await get(`/api/v1/results/${agent.agentId}:1:999`)).status).toBe(404);
    const series = await get('/api/v1/targets/shop/series.csv?range=3h');
    expect(series.text.split('\r\n')[0]).toContain('bucketAt,bucketS,vantage,series');
    expect((await get('/api/v1/targets/shop/results.csv?range=3h&vantages=cnc')).text.trimEnd().split('\r\n')).toHaveLength(1);
  });

  it('draw charts as SVG and PNG', async () => {
    const svg = await get('/api/v1/targets/shop/charts/response-time.svg?range=3h&theme=dark&lang=zh');
    expect([svg.status, svg.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    expect(svg.text).toMatch(/^<svg /);
    const png = await get('/api/v1/targets/shop/charts/availability.png?range=3h&width=400&height=200');
    expect([png.status, png.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect((await get('/api/v1/targets/shop/charts/nonsense.svg')).status).toBe(400);
  });
});

describe('the live stream', () => {
  it('tells of changes and of new results within a second', async () => {
    const stop = new AbortController();
    const response = await fetch(`${server.url}/api/v1/live`, {
      headers: { authorization: `Bearer ${server.keys.viewer}` },
      signal: stop.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = readEvents(response.body!);
    await server.call('PATCH', '/api/v1/targets/shop', { key: server.keys.operator, body: { paused: false } });
    expect((await events.next()).value).toEqual({ event: 'changed', noun: 'targets', id: 'shop' });
    const record = makeRecord(31, { agentId: agent.agentId, roundAt: Date.now(), totalUs: 777 });
    const headers = { 'content-type': 'application/x-ndjson', 'watchpost-batch': '1:31-31' };
    await server.call('POST', '/api/v1/agents/self/results', { key: agent.key, raw: ndjson([record]), headers });
    expect((await events.next()).value).toMatchObject({
      event: 'results',
      lines: [{ targetId: 'shop', vantage: 'ct', totalUs: 777 }],
    });
    stop.abort();
  });
});

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}
