import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRecord, ndjson } from '../testing/results.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'watchpost-settings-'));
const file = join(dir, 'watchpost.yaml');
const both = `
vantages:
  - { code: ct, name: Telecom }
  - { code: cnc, name: Unicom }
targets:
  - id: shop
    name: Shop
    check: { kind: http, url: http://shop.example/ }
    vantages: [ct, cnc]
    intervalS: 10
  - id: mail
    name: Mail
    check: { kind: tcp, host: mail.example, port: 25 }
    vantages: [ct]
`;
let server: TestServer;
beforeAll(async () => {
  writeFileSync(file, both);
  server = await startTestServer({ settingsFile: file });
});
afterAll(async () => {
  await server.dispose();
  rmSync(dir, { recursive: true, force: true });
});

const targets = async () =>
  (await server.call('GET', '/api/v1/targets', { key: server.keys.viewer })).json as {
    id: string;
    source: string;
    name: string;
  }[];
const ids = async () => (await targets()).map((target) => target.id).toSorted();

describe('the settings file', () => {
  it('makes targets and vantage points that cannot be changed in the page', async () => {
    expect(await targets()).toMatchObject([
      { id: 'mail', source: 'file' },
      { id: 'shop', source: 'file' },
    ]);
    const key = server.keys.operator;
    for (const [method, path, body] of [
      ['DELETE', '/api/v1/targets/shop'],
      ['PATCH', '/api/v1/targets/shop', { paused: true }],
      ['DELETE', '/api/v1/vantages/ct'],
      ['PUT', '/api/v1/vantages/ct', { name: 'x' }],
    ] as const) {
      expect((await server.call(method, path, { key, ...(body === undefined ? {} : { body }) })).json.code).toBe('read-only');
    }
  });

  it('takes changes over, removes what left it, and leaves alone what was made in the page', async () => {
    const page = { name: 'Page', check: { kind: 'icmp', host: '192.0.2.1' }, vantages: ['ct'] };
    await server.call('POST', '/api/v1/targets', { key: server.keys.operator, body: page });
    writeFileSync(file, both.slice(0, both.indexOf('  - id: mail')).replace('name: Shop', 'name: Shop 2'));
    expect(await server.reload()).toBe(true);
    expect(await ids()).toEqual(['page', 'shop']);
    expect((await targets()).find((target) => target.id === 'shop')?.name).toBe('Shop 2');
  });

  it('is looked at again by itself when it changes', async () => {
    writeFileSync(file, both);
    await expect.poll(ids, { interval: 100 }).toEqual(['mail', 'page', 'shop']);
  });

  it('changes nothing when it is bad', async () => {
    const before = await targets();
    for (const bad of [
      'targets: [',
      both.replace('intervalS: 10', 'intervalS: 1'),
      both.replace('[ct, cnc]', '[nowhere]'),
      both.replace('id: mail', 'id: shop'),
      both.replace('id: mail', 'id: page'),
      `${both}surplus: 1\n`,
    ]) {
      writeFileSync(file, bad);
      expect(await server.reload()).toBe(false);
      expect(await targets()).toEqual(before);
    }
  });

  it('removes nothing when the file vanishes, and takes the results of what left it back with it', async () => {
    writeFileSync(file, both);
    expect(await server.reload()).toBe(true);
    const before = await targets();
    const agent = await server.enrol('ct');
    const headers = { 'content-type': 'application/x-ndjson', 'watchpost-batch': '1:1-1' };
    const record = ndjson([makeRecord(1, { agentId: agent.agentId })]);
    await server.call('POST', '/api/v1/agents/self/results', { key: agent.key, raw: record, headers });
    rmSync(file);
    expect(await server.reload()).toBe(false);
    expect(await targets()).toEqual(before);

    writeFileSync(file, both.slice(0, both.indexOf('targets:')));
    expect(await server.reload()).toBe(true);
    expect(await ids()).toEqual(['page']);
    writeFileSync(file, both);
    expect(await server.reload()).toBe(true);
    const { json } = await server.call('GET', '/api/v1/targets/shop/results?range=3h', { key: server.keys.viewer });
    expect(json.results).toMatchObject([{ targetId: 'shop', totalUs: 500 }]);
  });

  it('keeps what it made when a server starts without it', async () => {
    const data = mkdtempSync(join(tmpdir(), 'watchpost-settings-'));
    writeFileSync(join(data, 'watchpost.yaml'), both);
    const first = await startTestServer({}, data);
    await first.close();
    rmSync(join(data, 'watchpost.yaml'));
    const second = await startTestServer({}, data);
    try {
      const left = await second.call('GET', '/api/v1/targets', { key: second.keys.viewer });
      expect((left.json as { id: string }[]).map(({ id }) => id).toSorted()).toEqual(['mail', 'shop']);
    } finally {
      await second.dispose();
    }
  });

  it('stops a start with field, value and rule when it is bad', async () => {
    const badFile = join(dir, 'bad.yaml');
    writeFileSync(badFile, both.replace('intervalS: 10', 'intervalS: 1'));
    await expect(startTestServer({ settingsFile: badFile })).rejects.toMatchObject({
      code: 'bad-config',
      issues: [{ field: 'targets.0.intervalS', value: '1' }],
    });
  });
});
