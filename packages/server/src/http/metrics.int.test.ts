import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeRecord, ndjson } from '../testing/results.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.dispose());

const figures = async () => (await server.call('GET', '/metrics')).text.split('\n');

it('shows the newest result of every line, and nothing of a line that is unknown', async () => {
  const { operator } = server.keys;
  for (const code of ['ct', 'cnc']) await server.call('POST', '/api/v1/vantages', { key: operator, body: { code, name: code } });
  const check = { kind: 'http', url: 'http://u:zzz@shop.example/?token=zzz' };
  const body = { name: 'The "shop"', check, vantages: ['ct', 'cnc'], group: 'shop/front', intervalS: 60 };
  const { id } = (await server.call('POST', '/api/v1/targets', { key: operator, body })).json;
  const agent = await server.enrol('ct');
  const send = (sequence: number, change: object) => {
    const record = makeRecord(sequence, {
      agentId: agent.agentId,
      targetId: id,
      roundAt: 1_000 * Math.floor(Date.now() / 1_000),
      ...change,
    });
    const headers = { 'content-type': 'application/x-ndjson', 'watchpost-batch': `1:${sequence}-${sequence}` };
    return server.call('POST', '/api/v1/agents/self/results', { key: agent.key, raw: ndjson([record]), headers });
  };
  const roundAt = Date.now() - 5_000;
  await send(1, { totalUs: 250_000, outcome: 'degraded', roundAt });
  const labels = `{target="${id}",vantage="ct",series="any"}`;
  const lines = await figures();
  expect(lines).toContain(`watchpost_target_up${labels} 1`);
  expect(lines).toContain(`watchpost_target_degraded${labels} 1`);
  expect(lines).toContain(`watchpost_target_total_seconds${labels} 0.25`);
  expect(lines).toContain(`watchpost_target_last_result_timestamp_seconds${labels} ${roundAt / 1_000}`);
  expect(lines).toContain(
    `watchpost_target_info{target="${id}",name="The \\"shop\\"",group="shop/front",kind="http",address="http://u:(hidden)@shop.example/?token=(hidden)"} 1`,
  );
  expect(lines).toContain('watchpost_ingest_results_total{outcome="stored"} 1');
  expect(lines.filter((line) => /^watchpost_target_(up|degraded|total)/.test(line) && line.includes('"cnc"'))).toEqual([]);

  await send(2, { outcome: 'down', fault: 'target', errorCode: 'status', httpStatus: 503 });
  const after = await figures();
  expect(after).toContain(`watchpost_target_up${labels} 0`);
  expect(after.filter((line) => line.startsWith('watchpost_target_total_seconds{'))).toEqual([]);

  await server.call('DELETE', `/api/v1/targets/${id}`, { key: operator });
  expect((await figures()).filter((line) => line.startsWith('watchpost_target_up{'))).toEqual([]);
});

it('shows what agents tell of themselves until they are revoked', async () => {
  const agent = await server.enrol('cnc');
  const status = {
    version: '1',
    startedAt: 1,
    spoolRecords: 5,
    spoolBytes: 100,
    spoolLimitBytes: 1000,
    oldestUnsentAt: null,
    dropped: { age: 3, full: 4 },
    clockOffsetMs: -2_500,
    checks: 1,
    inFlight: 0,
    measuredTotal: 9,
    overloadedTotal: 0,
    skippedTotal: 2,
    cpuRatio: 0.1,
    rssBytes: 7,
    uncertaintyP99Us: null,
  };
  await server.call('POST', '/api/v1/agents/self/status', { key: agent.key, body: status });
  const labels = `{agent="${agent.agentId}",name="test",vantage="cnc"}`;
  const lines = await figures();
  for (const [name, value] of [
    ['up', 1],
    ['spool_records', 5],
    ['dropped', 7],
    ['clock_offset_seconds', -2.5],
    ['skipped', 2],
  ]) {
    expect(lines).toContain(`watchpost_agent_${name}${labels} ${value}`);
  }
  await server.call('DELETE', `/api/v1/agents/${agent.agentId}`, { key: server.keys.operator });
  expect((await figures()).filter((line) => line.startsWith('watchpost_agent_') && line.includes(agent.agentId))).toEqual([]);
});

it('has every figure in the reference, and none more', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/reference/metrics.md'), 'utf8');
  const ofServer = page.slice(page.indexOf('## Server'), page.indexOf('## Probe'));
  const documented = [...ofServer.matchAll(/^\| `(watchpost_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
  const exposed = (await figures()).flatMap((line) => /^# TYPE (watchpost_\w+ \w+)$/.exec(line)?.[1] ?? []);
  expect(documented.length).toBeGreaterThan(20);
  expect(documented.toSorted()).toEqual(exposed.toSorted());
});
