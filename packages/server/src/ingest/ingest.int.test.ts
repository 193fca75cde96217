import { zstdCompressSync } from 'node:zlib';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRecord, ndjson } from '../testing/results.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';

let server: TestServer;
let agent: { agentId: string; key: string };

beforeAll(async () => {
  server = await startTestServer();
  const key = server.keys.operator;
  await server.call('POST', '/api/v1/vantages', { key, body: { code: 'ct', name: 'Telecom' } });
  await server.call('POST', '/api/v1/targets', {
    key,
    body: { name: 'Shop', check: { kind: 'http', url: 'http://shop.example/' }, vantages: ['ct'], intervalS: 5 },
  });
  agent = await server.enrol('ct');
});
afterAll(() => server.dispose());

function post(range: string, raw: string | Uint8Array, headers: Record<string, string> = {}) {
  return server.call('POST', '/api/v1/agents/self/results', {
    key: agent.key,
    raw,
    headers: { 'content-type': 'application/x-ndjson', 'watchpost-batch': range, ...headers },
  });
}
const record = (sequence: number, change: object = {}) => ({ ...makeRecord(sequence, { agentId: agent.agentId }), ...change });
async function storedIds(): Promise<string[]> {
  const page = await server.call('GET', '/api/v1/targets/shop/results?range=3h&limit=500', { key: server.keys.viewer });
  return (page.json.results as { id: string }[]).map((result) => result.id);
}

describe('a batch', () => {
  it('is stored before it is acknowledged, and once only however often it comes', async () => {
    const body = zstdCompressSync(ndjson([record(1), record(2), record(3)]));
    for (let time = 0; time < 3; time++) {
      const answer = await post('7:1-3', body, { 'content-encoding': 'zstd' });
      expect([answer.status, answer.json]).toEqual([200, { acknowledged: 3, refused: [], refusedCount: 0 }]);
      expect((await storedIds()).toSorted()).toEqual([1, 2, 3].map((sequence) => `${agent.agentId}:7:${sequence}`));
    }
    // The same records in another batch are still the same records.
    await post('7:2-4', ndjson([record(2), record(3), record(4)]));
    expect(await storedIds()).toHaveLength(4);
  });

  it('loses only the records that are wrong, each with its field and rule', async () => {
    const now = Date.now();
    const bad = [
      [{ sequence: 99 }, 'sequence'],
      [{ sequence: 10 }, 'sequence'],
      [{ agentId: 'somebody' }, 'agentId'],
      [{ vantage: 'cnc' }, 'vantage'],
      [{ targetId: 'nothing' }, 'targetId'],
      [{ startedAt: now + 11 * 60_000 }, 'startedAt'],
      [{ roundAt: now - 31 * 86_400_000 }, 'roundAt'],
      [{ totalUs: -1 }, 'totalUs'],
      [{ outcome: 'fine' }, 'outcome'],
      [{ surplus: 1 }, 'surplus'],
      [{ hops: [{}] }, 'hops.0.url'],
    ] as const;
    const lines = [record(10), ...bad.map(([change], index) => record(11 + index, change)), record(40)];
    const answer = await post('7:10-40', `${ndjson(lines)}not json\n\n[]\n"${'x'.repeat(WIRE_LIMITS.recordBytes)}"\n`);
    expect(answer.json.acknowledged).toBe(40);
    expect(answer.json.refusedCount).toBe(bad.length + 3);
    const refused = answer.json.refused as { field: string; rule: string; sequence: number | null }[];
    expect(refused.map(({ field }) => field)).toEqual([...bad.map(([, field]) => field), '(whole)', '(whole)', '(whole)']);
    expect(refused.every(({ rule }) => rule.length > 0)).toBe(true);
    const ids = await storedIds();
    expect(ids).toContain(`${agent.agentId}:7:10`);
    expect(ids).toContain(`${agent.agentId}:7:40`);
    expect(ids).toHaveLength(6);
  });

  it('is refused whole when it cannot be read', async () => {
    expect((await post('nonsense', '')).status).toBe(400);
    expect((await post('7:5-4', '')).status).toBe(400);
    expect((await post('7:1-1', 'xxxx', { 'content-encoding': 'zstd' })).status).toBe(400);
    expect((await post('7:1-1', '{}', { 'content-encoding': 'gzip' })).status).toBe(400);
    const many = ndjson(Array.from({ length: WIRE_LIMITS.batchRecords + 1 }, () => ({})));
    expect((await post('7:1-9999', many)).json.code).toBe('bad-batch');
    const bomb = zstdCompressSync(Buffer.alloc(WIRE_LIMITS.batchBytes + 1));
    expect(bomb.length).toBeLessThan(2_000);
    expect((await post('7:1-1', bomb, { 'content-encoding': 'zstd' })).status).toBe(413);
    expect((await post('7:1-1', Buffer.alloc(WIRE_LIMITS.batchBytes + 1))).status).toBe(413);
  });

  it('updates the overview at once, and late results do not overwrite newer ones', async () => {
    const now = Date.now();
    await post(
      '8:1-2',
      ndjson([record(1, { roundAt: now, outcome: 'down', fault: 'target', errorCode: 'status', httpStatus: 500 })]),
    );
    await post('8:2-2', ndjson([record(2, { roundAt: now - 30_000, outcome: 'up' })]));
    const overview = await server.call('GET', '/api/v1/overview?range=3h', { key: server.keys.viewer });
    const [target] = overview.json.targets;
    expect(target).toMatchObject({ id: 'shop', outcome: 'down', lines: [{ outcome: 'down', httpStatus: 500, lastAt: now }] });
  });

  it('comes in no more once the agent is revoked', async () => {
    const other = await server.enrol('ct');
    const asOther = () => server.call('GET', '/api/v1/agents/self/config', { key: other.key });
    expect((await asOther()).status).toBe(200);
    await server.call('DELETE', `/api/v1/agents/${other.agentId}`, { key: server.keys.operator });
    expect((await asOther()).json.code).toBe('agent-revoked');
    const agents = (await server.call('GET', '/api/v1/agents', { key: server.keys.viewer })).json as {
      id: string;
      state: string;
    }[];
    expect(agents.find(({ id }) => id === other.agentId)?.state).toBe('revoked');
  });
});
