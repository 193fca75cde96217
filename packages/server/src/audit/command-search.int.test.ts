import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeChain } from '@watchpost/testkit/command-chain';
import { joinHost, sendCommands } from '../testing/commands.ts';
import { startTestServer, type TestServer } from '../testing/start-test-server.ts';

const DAY_US = 86_400_000_000;
/** What must come back to the last byte, and never as anything but text. */
const HOSTILE = [
  '<script>alert(1)</script>',
  'printf "\u001B[31mred\u001B[0m\u0007"',
  'echo \u202Egnp.exe\u202C \u200F',
  `echo 'it''s' "a \\"b\\"" \`id\` $(id) \\`,
  "=cmd|' /C calc'!A0",
  '+1+1',
  'a\tb\r\nc\n\nd  ',
  '重启 服务 Ünïcode 💥',
  "'; DROP TABLE commands; --",
  '%_\\%',
];
let server: TestServer;
let hostId: string;

beforeAll(async () => {
  server = await startTestServer();
  const host = await joinHost(server);
  ({ hostId } = host);
  const now = Date.now() * 1_000;
  const at = [400, 100, 20, 2, 0].map((days) => now - days * DAY_US);
  const old = at.map((time, index) => ({ text: `kubectl get pods --token=abc${index}def`, at: time }));
  await sendCommands(server, host.key, makeChain({ hostId, epoch: 1 }, [...old, ...HOSTILE]));
});
afterAll(async () => {
  await server?.dispose();
});

const search = async (query: Record<string, string>): Promise<(string | null)[]> => {
  const path = `/api/v1/commands?${new URLSearchParams({ from: '0', ...query })}`;
  const { json } = await server.call('GET', path, { key: server.keys.operator });
  return json.commands.map(({ text }: { text: string | null }) => text);
};

it('gives back what was typed, exactly', async () => {
  expect((await search({ limit: '10' })).toReversed()).toEqual(HOSTILE);
  for (const text of HOSTILE.filter((each) => !each.includes('"') && each.trim() !== '')) {
    expect(await search({ q: `"${text}"` })).toEqual([text]);
  }
});

it('finds words anywhere in the time, newest first, as parts and as a whole, in any case', async () => {
  const all = [4, 3, 2, 1, 0].map((index) => `kubectl get pods --token=abc${index}def`);
  expect(await search({ q: 'KUBEctl' })).toEqual(all);
  expect(await search({ q: 'bectl pods' })).toEqual(all);
  expect(await search({ q: '=kubectl =PODS' })).toEqual(all);
  expect(await search({ q: '=kubect' })).toEqual([]);
  expect(await search({ q: 'bc0de' })).toEqual([all[4]]);
  expect(await search({ q: '=abc0def' })).toEqual([all[4]]);
  expect(await search({ q: '重启' })).toEqual(['重启 服务 Ünïcode 💥']);
  expect(await search({ q: 'ÜNÏCODE' })).toEqual([]);
  expect(await search({ q: 'kubectl', to: String(Date.now() - 50 * 86_400_000) })).toEqual(all.slice(3));
  expect(await search({ q: 'kubectl', limit: '2' })).toEqual(all.slice(0, 2));
});

it('exports no formula to a spreadsheet', async () => {
  const { text } = await server.call('GET', '/api/v1/commands/export.csv?from=0', { key: server.keys.operator });
  expect(text).toContain(`'=cmd|' /C calc'!A0`);
  expect(text).toContain(`'+1+1`);
});

it('leaves a trace of every look, once for the pages of a search, and of a cursor that was made up', async () => {
  const traces = async (word: string): Promise<number> => {
    const { json } = await server.call('GET', '/api/v1/audit-log', { key: server.keys.administrator });
    const entries = json as readonly { readonly action: string; readonly subject: string }[];
    return entries.filter(({ action, subject }) => action === 'commands.search' && subject.includes(word)).length;
  };
  const cursor = `${Date.now() * 1_000}@${hostId}:1:1`;
  await search({ q: 'looked-for' });
  await search({ q: 'looked-for', cursor });
  expect(await traces('looked-for')).toBe(1);
  await search({ q: 'made-up', cursor });
  expect(await traces('made-up')).toBe(1);
});
