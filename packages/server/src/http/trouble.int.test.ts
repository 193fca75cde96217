import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { makeRecord, ndjson } from '../testing/results.ts';
import { startTestServer } from '../testing/start-test-server.ts';

const target = { name: 'Shop', check: { kind: 'http', url: 'http://shop.example/' }, vantages: ['ct'] };

describe('a catalog that cannot be written', () => {
  it('gives 503 for changes; measuring, looking and the server go on, and so do changes afterwards', async () => {
    const server = await startTestServer();
    const lock = new DatabaseSync(join(server.dir, 'catalog.sqlite'));
    try {
      const { operator, viewer } = server.keys;
      await server.call('POST', '/api/v1/vantages', { key: operator, body: { code: 'ct', name: 'Telecom' } });
      const made = await server.call('POST', '/api/v1/targets', { key: operator, body: target });
      const agent = await server.enrol('ct');
      // Nobody can write while another process holds the lock: like a full disk, but it can be undone.
      lock.exec('BEGIN IMMEDIATE');
      const refused = await server.call('POST', '/api/v1/targets', { key: operator, body: { ...target, name: 'Other' } });
      expect([refused.status, refused.json.code, refused.headers.get('retry-after')]).toEqual([503, 'unavailable', '10']);
      expect(refused.text).not.toMatch(/sqlite|locked|database/i);
      const headers = { 'content-type': 'application/x-ndjson', 'watchpost-batch': '1:1-1' };
      const record = ndjson([makeRecord(1, { agentId: agent.agentId, targetId: made.json.id })]);
      const stored = await server.call('POST', '/api/v1/agents/self/results', { key: agent.key, raw: record, headers });
      expect(stored.json).toMatchObject({ acknowledged: 1, refusedCount: 0 });
      expect((await server.call('GET', '/api/v1/targets', { key: viewer })).json).toHaveLength(1);
      expect((await server.call('GET', '/readyz')).status).toBe(200);
      lock.exec('ROLLBACK');
      const again = await server.call('POST', '/api/v1/targets', { key: operator, body: { ...target, name: 'Other' } });
      expect(again.status).toBe(201);
    } finally {
      lock.close();
      await server.dispose();
    }
  });

  it('stops the start with the file and the reason when it is broken', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'watchpost-broken-'));
    writeFileSync(join(dir, 'catalog.sqlite'), 'this is no database at all, and long enough to be looked at '.repeat(20));
    await expect(startTestServer({}, dir)).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/catalog\.sqlite cannot be read .*not a database/),
    });
  });

  it('stops the start when the secret of the sessions was lost in a power cut', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'watchpost-secret-'));
    writeFileSync(join(dir, 'session-secret'), '');
    await expect(startTestServer({}, dir)).rejects.toMatchObject({ code: 'bad-config' });
  });
});

describe('a server that stops', () => {
  it('in the middle of batches either stores and acknowledges, or leaves them to be sent again', async () => {
    const data = mkdtempSync(join(tmpdir(), 'watchpost-stop-'));
    const first = await startTestServer({}, data);
    const { operator, viewer } = first.keys;
    await first.call('POST', '/api/v1/vantages', { key: operator, body: { code: 'ct', name: 'Telecom' } });
    const { id } = (await first.call('POST', '/api/v1/targets', { key: operator, body: target })).json;
    const agent = await first.enrol('ct');
    const batch = (index: number) => {
      const sequences = Array.from({ length: 50 }, (_, place) => index * 50 + place + 1);
      const records = sequences.map((sequence) => makeRecord(sequence, { agentId: agent.agentId, targetId: id }));
      const headers = { 'content-type': 'application/x-ndjson', 'watchpost-batch': `1:${index * 50 + 1}-${index * 50 + 50}` };
      return { raw: ndjson(records), headers, key: agent.key };
    };
    const path = '/api/v1/agents/self/results';
    const sent = Array.from({ length: 6 }, (_, index) => first.call('POST', path, batch(index)).catch(() => null));
    await first.close();
    const acknowledged = (await Promise.all(sent)).filter((answer) => answer?.status === 200).length;
    const second = await startTestServer({ adminEmail: null }, data);
    try {
      const count = async () => {
        const page = await second.call('GET', `/api/v1/targets/${id}/results?range=3h&limit=500`, { key: viewer });
        return (page.json.results as unknown[]).length;
      };
      expect(await count()).toBeGreaterThanOrEqual(acknowledged * 50);
      for (let index = 0; index < 6; index++) expect((await second.call('POST', path, batch(index))).status).toBe(200);
      expect(await count()).toBe(300);
    } finally {
      await second.dispose();
    }
  });
});
