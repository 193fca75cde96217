import type { Command } from '@watchpost/contracts/commands/command';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeChain } from '@watchpost/testkit/command-chain';
import { joinHost as joinTestHost, sendCommands } from '../testing/commands.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';

describe('a chain at the server', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await server?.dispose();
  });

  const joinHost = () => joinTestHost(server);
  const send = (key: string, records: readonly Command[]) => sendCommands(server, key, records);
  const state = async (hostId: string) =>
    (await server.call('GET', `/api/v1/hosts/${hostId}`, { key: server.keys.operator })).json;
  const count = async (hostId: string): Promise<number> =>
    (await server.call('GET', `/api/v1/commands?hosts=${hostId}&limit=500`, { key: server.keys.operator })).json.commands.length;

  it('is whole in whatever order its batches come, and a repeat changes nothing', async () => {
    const { hostId, key } = await joinHost();
    const records = makeChain(
      { hostId, epoch: 7 },
      Array.from({ length: 30 }, (_, index) => `true ${index}`),
    );
    expect((await send(key, records.slice(20))).json).toMatchObject({ acknowledged: 30, refusedCount: 0 });
    expect((await state(hostId)).chain).toBe('gap');
    await send(key, records.slice(0, 10));
    await Promise.all([send(key, records.slice(10, 20)), send(key, records.slice(5, 25)), send(key, records)]);
    expect(await count(hostId)).toBe(30);
    expect(await state(hostId)).toMatchObject({ chain: 'whole', breaks: [] });
  });

  it('is broken by a record that does not follow, and stays so', async () => {
    const { hostId, key } = await joinHost();
    const records = makeChain({ hostId, epoch: 7 }, ['a', 'b', 'c']);
    await send(key, records);
    await send(key, makeChain({ hostId, epoch: 7, from: 4, before: 'f'.repeat(64) }, ['x']));
    expect(await state(hostId)).toMatchObject({ chain: 'broken', breaks: [{ epoch: 7, sequence: 4 }] });
    expect(await count(hostId)).toBe(4);
    // The same place with another content: the first one stays, and the attempt is on record.
    await send(key, makeChain({ hostId, epoch: 7 }, ['another a']));
    const { breaks } = await state(hostId);
    expect(breaks.at(-1)).toMatchObject({ sequence: 1, what: 'the record came again with another content' });
    expect(await count(hostId)).toBe(4);
  });

  it('refuses what is forged by field and rule, and keeps the rest', async () => {
    const { hostId, key } = await joinHost();
    const other = await joinHost();
    const [first, second, third] = makeChain({ hostId, epoch: 7 }, ['a', 'b', 'c']) as [Command, Command, Command];
    const answer = await send(key, [first, { ...second, text: 'changed' }, third]);
    expect(answer.json).toMatchObject({
      acknowledged: 3,
      refusedCount: 1,
      refused: [{ sequence: 2, field: 'hash', rule: 'must be that of the record' }],
    });
    expect((await state(hostId)).chain).toBe('broken');
    const foreign = await send(other.key, makeChain({ hostId, epoch: 7 }, ['mine?']));
    expect(foreign.json).toMatchObject({ refusedCount: 1, refused: [{ field: 'hostId', rule: "must be the recorder's own" }] });
    expect(await count(other.hostId)).toBe(0);
    const agent = await server.call('POST', '/api/v1/vantages', { key: server.keys.operator, body: { code: 'ct', name: 'ct' } });
    expect(agent.status).toBe(201);
    const probe = await server.enrol('ct');
    expect((await send(probe.key, makeChain({ hostId: probe.agentId, epoch: 7 }, ['a']))).status).toBe(401);
    expect((await send(server.keys.administrator, makeChain({ hostId, epoch: 7 }, ['a']))).status).toBe(401);
  });
});
