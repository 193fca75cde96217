import { hostDetailSchema } from '@watchpost/contracts/api/audit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeChain } from '@watchpost/testkit/command-chain';
import { joinHost, sendCommands } from '../testing/commands.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.dispose();
});

const get = async (path: string, key = server.keys.operator) => (await server.call('GET', `/api/v1${path}`, { key })).json;

it('shows the budget to the last record, coverage by user, gaps newest first, chain and seal', async () => {
  const { hostId, key } = await joinHost(server, 'web-1');
  const at = Date.now() * 1_000 - 60_000_000;
  const records = makeChain({ hostId, epoch: 3 }, [
    'ls',
    { kind: 'end', text: null, textBytes: null, startOf: 1, startedAt: 1, exitCode: 2, durationUs: 5, at: at + 1 },
    { kind: 'gap', text: null, cause: 'torn', detail: 'cut', missing: 4, user: 'bob', at: at + 2 },
    { kind: 'silent', text: null, cause: 'disarmed', user: 'bob', at: at + 3 },
  ]);
  const [first] = records;
  await sendCommands(server, key, [...records, { ...records[3]!, sequence: 5 }], '3:1-5');
  const status = {
    version: '1',
    startedAt: 1,
    budget: { written: 9, spooled: 5, sent: 5, acknowledged: 5, missing: 4, refused: 0 },
    spoolBytes: 1,
    spoolLimitBytes: 2,
    shells: { hooked: 1, silent: 0, unhooked: 1 },
    users: [
      { user: 'ann', hooked: 1, unhooked: 0 },
      { user: 'root', hooked: 0, unhooked: 1 },
    ],
    cpuRatio: 0,
    rssBytes: 1,
    clockOffsetMs: 0,
  };
  expect((await server.call('POST', '/api/v1/agents/self/recorder-status', { key, body: status })).status).toBe(200);
  const dropped = [{ epoch: 3, first: 100, last: 109, fromAt: 1_000, toAt: 2_000, reason: 'spool-full' }];
  await server.call('POST', '/api/v1/agents/self/recorder-gaps', { key, body: dropped });

  const host = hostDetailSchema.parse(await get(`/hosts/${hostId}`));
  expect(host).toMatchObject({
    kind: 'recorder',
    stored: 4,
    chain: 'broken',
    budget: { written: 9, missing: 4, spooled: 5, sent: 5, acknowledged: 5, stored: 4, refused: 1, present: 4, removed: 0 },
    firstBreak: { epoch: 3, sequence: 5, what: 'refused: hash must be that of the record' },
    stretches: [{ epoch: 3, first: 1, last: 4, hash: records[3]!.hash }],
  });
  expect(host.coverage).toEqual([
    { user: 'ann', hooked: 1, unhooked: 0, lastAt: Math.trunc(first!.at / 1_000), commands: 1 },
    { user: 'bob', hooked: null, unhooked: null, lastAt: Math.trunc((at + 3) / 1_000), commands: 0 },
    { user: 'root', hooked: 0, unhooked: 1, lastAt: null, commands: 0 },
  ]);
  expect(host.gaps.map(({ kind, cause, missing, id }) => [kind, cause, missing, id])).toEqual([
    ['silent', 'disarmed', null, `${hostId}:3:4`],
    ['gap', 'torn', 4, `${hostId}:3:3`],
    ['dropped', 'spool-full', 10, null],
  ]);
  // The proof makes a checkpoint first.
  await server.call('GET', '/api/v1/audit/export', { key: server.keys.administrator });
  expect((await get(`/hosts/${hostId}`)).checkpoint).toMatchObject({ number: 1, unsealed: 0 });
  expect((await get('/hosts')).find(({ id }: { id: string }) => id === hostId)).toMatchObject({ stored: 4 });
  // Looking again and again is one entry.
  const entries = (await get('/audit-log', server.keys.administrator)) as { entries?: unknown[] };
  const looks = JSON.stringify(entries).split('host.look').length - 1;
  expect(looks).toBe(1);
});
