import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRecord } from '../testing/results.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';

let server: TestServer;
let agent: { agentId: string; key: string };
const target = { name: 'Shop', check: { kind: 'http', url: 'http://shop.example/' }, vantages: ['ct'] };

beforeAll(async () => {
  server = await startTestServer();
  for (const code of ['ct', 'cnc'])
    await server.call('POST', '/api/v1/vantages', { key: server.keys.operator, body: { code, name: code } });
  agent = await server.enrol('ct');
});
afterAll(() => server.dispose());

const config = (wait: number, etag: string | null) =>
  server.call('GET', `/api/v1/agents/self/config?wait=${wait}`, {
    key: agent.key,
    headers: etag === null ? {} : { 'if-none-match': etag },
  });

describe('enrolment', () => {
  it('works once with a token, for its vantage point only', async () => {
    const { operator } = server.keys;
    const token = (await server.call('POST', '/api/v1/agents/enrolment-tokens', { key: operator, body: { vantage: 'ct' } })).json;
    expect(token.command).toBe(`watchpost enrol --server ${server.url} --token ${token.token} --vantage ct`);
    const body = { token: token.token, kind: 'probe', vantage: 'ct', name: 'x', version: '1', protocol: 1 };
    const enrol = (change: object) => server.call('POST', '/api/v1/agents/enrol', { body: { ...body, ...change } });
    expect((await enrol({ vantage: 'cnc' })).status).toBe(401);
    expect((await enrol({ protocol: 99 })).status).toBe(426);
    const both = await Promise.all([enrol({}), enrol({})]);
    expect(both.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 401]);
    expect((await enrol({})).json.code).toBe('bad-enrolment-token');
    const unknown = await server.call('POST', '/api/v1/agents/enrolment-tokens', { key: operator, body: { vantage: 'nowhere' } });
    expect(unknown.json.issues[0].field).toBe('vantage');
  });
});

describe('settings by long poll', () => {
  it('answers at once when something is new, 304 when nothing is', async () => {
    const first = await config(0, null);
    expect(first.json).toMatchObject({ agentId: agent.agentId, vantage: 'ct', checks: [], tests: [] });
    const etag = first.headers.get('etag')!;
    expect((await config(0, etag)).status).toBe(304);
    expect((await config(1, etag)).status).toBe(304);
  });

  it('wakes as soon as a target is added, changed, paused and removed, and not for other vantage points', async () => {
    const key = server.keys.operator;
    let etag = (await config(0, null)).headers.get('etag')!;
    const after = async (change: () => Promise<unknown>) => {
      const waiting = config(30, etag);
      await change();
      const answer = await waiting;
      expect(answer.status).toBe(200);
      etag = answer.headers.get('etag')!;
      return answer.json.checks as { targetId: string; intervalS: number }[];
    };
    let id = '';
    const added = await after(async () => {
      await server.call('POST', '/api/v1/targets', { key, body: { ...target, vantages: ['cnc'] } });
      id = (await server.call('POST', '/api/v1/targets', { key, body: target })).json.id;
    });
    expect(added.map((check) => check.targetId)).toEqual([id]);
    const path = `/api/v1/targets/${id}`;
    expect(await after(() => server.call('PUT', path, { key, body: { ...target, intervalS: 7 } }))).toMatchObject([
      { intervalS: 7 },
    ]);
    expect(await after(() => server.call('PATCH', path, { key, body: { paused: true } }))).toEqual([]);
    expect(await after(() => server.call('PATCH', path, { key, body: { paused: false } }))).toHaveLength(1);
    expect(await after(() => server.call('DELETE', path, { key }))).toEqual([]);
  });
});

describe('tests ordered just now', () => {
  it('reach the agent through the long poll and come back', async () => {
    const key = server.keys.operator;
    const etag = (await config(0, null)).headers.get('etag');
    const waiting = config(30, etag);
    const ordered = await server.call('POST', '/api/v1/tests', { key, body: { check: target.check, vantages: ['ct', 'cnc'] } });
    expect(ordered.json).toMatchObject({ waiting: ['ct'], unreachable: ['cnc'], results: [] });
    const { testId } = (await waiting).json.tests[0];
    expect(testId).toBe(ordered.json.id);
    const { sequence: _sequence, ...result } = makeRecord(1, { agentId: agent.agentId });
    const report = { key: agent.key, body: { results: [result] } };
    expect((await server.call('POST', `/api/v1/agents/self/tests/${testId}`, report)).status).toBe(204);
    expect((await server.call('POST', `/api/v1/agents/self/tests/${testId}`, report)).status).toBe(404);
    const done = await server.call('GET', `/api/v1/tests/${testId}`, { key });
    expect(done.json).toMatchObject({ waiting: [], results: [{ totalUs: 500 }] });
    expect((await config(0, null)).json.tests).toEqual([]);
  });
});

describe('what agents tell of themselves', () => {
  it('shows their status and the gaps they report', async () => {
    const status = {
      version: '1',
      startedAt: 1,
      spoolRecords: 5,
      spoolBytes: 100,
      spoolLimitBytes: 1000,
      oldestUnsentAt: null,
      dropped: { age: 3 },
      clockOffsetMs: 2.5,
      checks: 1,
      inFlight: 0,
      measuredTotal: 9,
      overloadedTotal: 0,
      skippedTotal: 0,
      cpuRatio: 0.1,
      rssBytes: 1,
      uncertaintyP99Us: 300,
    };
    expect((await server.call('POST', '/api/v1/agents/self/status', { key: agent.key, body: status })).status).toBe(204);
    const gap = { epoch: 1, first: 11, last: 20, fromAt: Date.now() - 5_000, toAt: Date.now() - 1_000, reason: 'age' };
    for (let time = 0; time < 2; time++) {
      expect((await server.call('POST', '/api/v1/agents/self/gaps', { key: agent.key, body: [gap] })).status).toBe(204);
    }
    const agents = (await server.call('GET', '/api/v1/agents', { key: server.keys.viewer })).json as { id: string }[];
    expect(agents.find(({ id }) => id === agent.agentId)).toMatchObject({
      state: 'online',
      status: { spoolRecords: 5 },
      gapRecords: 10,
    });
    const made = await server.call('POST', '/api/v1/targets', { key: server.keys.operator, body: { ...target, name: 'Gappy' } });
    const series = await server.call('GET', `/api/v1/targets/${made.json.id}/series?range=3h`, { key: server.keys.viewer });
    expect(series.json.gaps).toEqual([{ vantage: 'ct', from: gap.fromAt, to: gap.toAt, records: 10, reason: 'age' }]);
  });
});
