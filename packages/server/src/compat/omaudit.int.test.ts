import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeChain } from '@watchpost/testkit/command-chain';
import { joinHost, sendCommands } from '../testing/commands.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';
import { createAllowList } from './allow-list.ts';

const PULL = '/omaudit/omaudit_pull/';
const RUN = '/omaudit/omaudit_run/';
const ENTRY = {
  history_id: '17',
  history_ip: '192.0.2.7',
  history_user: 'root',
  history_datetime: '2026-03-04 10:22:33',
  history_command: 'ls -la',
};
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ compat: { allow: ['127.0.0.0/8'] } });
});
afterAll(async () => {
  await server?.dispose();
});

const get = (path: string, query: Record<string, string>) => server.call('GET', `${path}?${new URLSearchParams(query)}`);

describe('omaudit_pull', () => {
  it('answers OK, and the record is there as legacy, in no chain', async () => {
    const answer = await get(PULL, { ...ENTRY, history_command: 'echo "*" | grep  \'a\' \t#<b>' });
    expect([answer.status, answer.text]).toEqual([200, 'OK']);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const found = await server.call('GET', '/api/v1/commands?sources=legacy&from=0', { key: server.keys.operator });
    expect(found.json.commands).toMatchObject([
      {
        hostId: 'legacy-192.0.2.7',
        host: '192.0.2.7',
        source: 'legacy',
        kind: 'start',
        user: 'root',
        text: 'echo "*" | grep  \'a\' \t#<b>',
        at: new Date(2026, 2, 4, 10, 22, 33).getTime() * 1_000,
        detail: 'history 17, sent from 127.0.0.1',
      },
    ]);
    const host = await server.call('GET', '/api/v1/hosts/legacy-192.0.2.7', { key: server.keys.operator });
    expect(host.json).toMatchObject({ kind: 'legacy', chain: 'empty', stored: 1, recorder: null, address: '192.0.2.7' });
    const proof = await server.call('GET', '/api/v1/audit/export', { key: server.keys.administrator });
    expect(proof.text).not.toContain('legacy-192.0.2.7');
  });

  it('names the first parameter that is missing, in the order of the original', async () => {
    const names = Object.keys(ENTRY);
    expect((await get(PULL, {})).text).toBe('history_id null');
    for (const [index, name] of names.entries()) {
      const given = Object.fromEntries(Object.entries(ENTRY).slice(0, index));
      const answer = await get(PULL, given);
      expect([answer.status, answer.text]).toEqual([200, `${name} null`]);
      expect((await get(PULL, { ...ENTRY, [name]: '' })).text).toBe(`${name} null`);
    }
  });

  it('says what is not stored, as a database error', async () => {
    for (const [field, value, rule] of [
      ['history_id', 'x', 'must be a whole number'],
      ['history_ip', 'web-1', 'must be an IP address'],
      ['history_user', 'u'.repeat(257), 'must have 256 characters at most'],
      ['history_datetime', '2026-02-30 10:00:00', 'must be YYYY-MM-DD HH:MM:SS'],
    ] as const) {
      const answer = await get(PULL, { ...ENTRY, [field]: value });
      expect([answer.status, answer.text]).toEqual([200, `入库失败，请与管理员联系！${field} ${rule}`]);
    }
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('answers 非法提交！ to %s', async (method) => {
    for (const path of [PULL, RUN]) {
      const answer = await server.call(method, path, method === 'POST' ? { raw: 'history_id=1' } : {});
      expect([answer.status, answer.text]).toEqual([200, '非法提交！']);
    }
  });
});

describe('omaudit_run', () => {
  it('gives the newest five, then what is newer, newest first, escaped, and by host', async () => {
    for (let index = 1; index <= 6; index += 1)
      await get(PULL, { ...ENTRY, history_ip: '192.0.2.9', history_command: `true ${index}` });
    const first = (await get(RUN, { LastID: '0', hosts: '' })).text;
    expect(first.match(/true \d/g)).toEqual(['true 6', 'true 5', 'true 4', 'true 3', 'true 2']);
    expect(first).toMatch(/^192\.0\.2\.9&nbsp;&nbsp;\troot&nbsp;&nbsp;\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t # true 6\*/);
    const lastId = first.split('@@')[1] ?? '';
    expect(lastId).toMatch(/^\d+$/);
    expect((await get(RUN, { LastID: lastId })).text).toBe(`@@${lastId}`);

    await get(PULL, { ...ENTRY, history_command: `<script>alert("x")</script> & '@@9'*` });
    await get(PULL, { ...ENTRY, history_ip: '192.0.2.9', history_command: 'id' });
    const next = (await get(RUN, { LastID: lastId })).text;
    expect(next.match(/ # /g)).toHaveLength(2);
    expect(next).toContain(' # &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;&#64;&#64;9&#39;&#42;*');
    expect(next.indexOf('# id')).toBeLessThan(next.indexOf('# &lt;'));
    expect((await get(RUN, { LastID: lastId, hosts: '192.0.2.9' })).text.match(/ # /g)).toHaveLength(1);
    expect((await get(RUN, { LastID: lastId, hosts: '192.0.2.7,192.0.2.9' })).text.match(/ # /g)).toHaveLength(2);
  });

  it('shows what recorders send, too', async () => {
    const { hostId, key } = await joinHost(server, 'web-1');
    const lastId = (await get(RUN, { LastID: '0' })).text.split('@@')[1] ?? '';
    await sendCommands(server, key, makeChain({ hostId, epoch: 1 }, ['uptime']));
    expect((await get(RUN, { LastID: lastId, hosts: 'web-1' })).text).toContain('\t # uptime*');
  });
});

describe('the door', () => {
  it('is closed by default and for every other address', async () => {
    const closed = await startTestServer({ adminEmail: null });
    try {
      expect((await closed.call('GET', `${PULL}?history_id=1`)).status).toBe(404);
    } finally {
      await closed.dispose();
    }
    const other = await startTestServer({ adminEmail: null, compat: { allow: ['192.0.2.0/24', '127.0.0.9'] } });
    try {
      for (const method of ['GET', 'POST']) expect((await other.call(method, PULL)).status).toBe(404);
      expect((await other.call('GET', RUN)).status).toBe(404);
      expect((await other.call('GET', RUN, { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(404);
      expect(await statusFrom('127.0.0.9', `${other.url}${RUN}?LastID=0`)).toBe(200);
    } finally {
      await other.dispose();
    }
  });

  it('knows addresses and networks of both families', () => {
    const isAllowed = createAllowList(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1']);
    expect(['10.1.2.3', '192.0.2.7', '::ffff:10.1.2.3', '2001:db8::9', '::1'].map(isAllowed)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(['11.0.0.1', '192.0.2.8', '2001:db9::1', '', 'x'].map(isAllowed)).toEqual([false, false, false, false, false]);
  });
});

/** A request from another address of the loopback network. */
function statusFrom(localAddress: string, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { localAddress }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });
}
