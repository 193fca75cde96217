import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ProofHeader } from '@watchpost/contracts/api/audit';
import { PROOF_COLUMNS } from '@watchpost/contracts/api/proof-csv';
import { csvLineOfTexts } from '@watchpost/server/quality/csv';
import { joinHost, sendCommands } from '@watchpost/server/testing/commands';
import { startTestServer, type TestServer } from '@watchpost/server/testing/start-test-server';
import { makeChain } from '@watchpost/testkit/command-chain';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { runWatchpost } from '@watchpost/testkit/watchpost-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvRows } from './csv-rows.ts';
import { readProof } from './read-proof.ts';
import { verifyProof } from './verify-proof.ts';

const LONG = `find /srv -name '${'é😀'.repeat(20_000)}'`;
/** What must come out as it was typed: quotes, lines, formulas of a spreadsheet, bytes that are no text, more than a cell holds. */
const TYPED = [
  'ls',
  '=HYPERLINK("http://192.0.2.9","x")',
  '+1',
  '-v find-me',
  '@SUM(A1)',
  'cat <<E\n"a",\tb\r\nE',
  "'quoted'",
  LONG,
];
const column = (name: (typeof PROOF_COLUMNS)[number]) => PROOF_COLUMNS.indexOf(name);

type Change = (rows: string[][], at: number) => void;

let server: TestServer;
let hostId: string;

beforeAll(async () => {
  server = await startTestServer({ compat: { allow: ['127.0.0.0/8'] } });
  const host = await joinHost(server, 'web-1');
  ({ hostId } = host);
  const binary = { text: null, textBase64: Buffer.from([0xff, 0xfe]).toString('base64'), textBytes: 2 };
  await sendCommands(server, host.key, makeChain({ hostId, epoch: 1 }, [...TYPED, binary, 'true find-me', 'last']));
  const other = await joinHost(server, 'db-1');
  await sendCommands(server, other.key, makeChain({ hostId: other.hostId, epoch: 1 }, ['true find-me', 'after']));
});
afterAll(async () => {
  await server?.dispose();
});

const ask = async (query: string, format: 'jsonl' | 'csv') => {
  const answer = await server.call('GET', `/api/v1/commands/export.${format}?proof=true&${query}`, { key: server.keys.operator });
  expect(answer.status).toBe(200);
  return answer.text;
};
const rowsOf = async (text: string): Promise<string[][]> => {
  const rows: string[][] = [];
  for await (const row of csvRows(Readable.from([text]))) rows.push([...row]);
  return rows;
};
const verify = async (text: string, key: string | null = null) => {
  const { lines, wrongOf } = await readProof(Readable.from([Buffer.from(text)]));
  return verifyProof(lines, key, wrongOf);
};
const verifyRows = (rows: readonly (readonly string[])[]) => verify(rows.map(csvLineOfTexts).join(''));
/** Index of the row of a record. */
const rowOf = (rows: readonly (readonly string[])[], sequence: number): number =>
  rows.findIndex((row) => row[column('record')] === `${hostId}:1:${sequence}`);

describe('a search as a table with its proof', () => {
  it('opens in a spreadsheet without a formula, and proves every byte of what was typed', async () => {
    const text = await ask(`hosts=${hostId}`, 'csv');
    const rows = await rowsOf(text);
    expect(rows[0]).toEqual([...PROOF_COLUMNS]);
    for (const cell of rows.flat()) {
      expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      expect(cell.length).toBeLessThan(32_767);
    }
    const shown = rows.slice(1).flatMap((row) => (row[0] === 'record' ? [row[column('text')] ?? ''] : []));
    expect(shown.slice(0, 7)).toEqual(TYPED.slice(0, 7).map((typed) => (/^[=+\-@]/.test(typed) ? `'${typed}` : typed)));
    const proofs = rows.filter(([kind]) => kind === 'record').map((row) => row.slice(column('proof')));
    const typed = proofs.map(
      ([first = '', ...more]) => JSON.parse(first + more.map((cell) => cell.slice(1)).join('')).record.text,
    );
    expect(typed.slice(0, 8)).toEqual(TYPED);
    expect(await verify(text)).toMatchObject({
      failure: null,
      records: 11,
      checkpoints: 1,
      search: { found: 11, hasMore: false },
    });
  });

  it('holds what was found and what links it, and says the same as lines of JSON', async () => {
    for (const format of ['csv', 'jsonl'] as const) {
      const verdict = await verify(await ask('q=find-me', format));
      expect(verdict).toMatchObject({
        failure: null,
        chains: 2,
        unsealed: 0,
        search: { asked: '{"q":"find-me"}', found: 3, unsigned: 0 },
      });
    }
    const rows = await rowsOf(await ask(`q=find-me&hosts=${hostId}`, 'csv'));
    expect(rows.map(([kind]) => kind).slice(1)).toEqual([
      'header',
      'checkpoint 1',
      'record',
      ...Array<string>(5).fill('link'),
      'record',
      'link',
    ]);
    const { publicKey } = (await server.call('GET', '/api/v1/audit/key', { key: server.keys.operator })).json;
    expect((await verify(await ask('q=find-me', 'csv'), publicKey)).failure).toBeNull();
    expect((await verify(await ask('q=find-me', 'csv'), 'another')).failure?.where).toBe('header');
  });

  const changes: readonly (readonly [how: string, change: Change, sequence: number, what: string])[] = [
    ['a cell is changed', (rows, at) => void (rows[at]![column('text')] = 'harmless'), 5, 'in the column text'],
    ['a user is changed', (rows, at) => void (rows[at]![column('user')] = 'bob'), 4, 'in the column user'],
    ['a host is renamed', (rows, at) => void (rows[at]![column('host')] = 'web-2'), 6, 'in the column host'],
    [
      'a record is changed with its cell',
      (rows, at) => {
        rows[at] = rows[at]!.map((cell) => cell.replaceAll('@SUM(A1)', 'harmless'));
        rows[at][column('text')] = 'harmless';
      },
      5,
      'it was changed',
    ],
    ['a row is deleted', (rows, at) => void rows.splice(at, 1), 5, 'is missing'],
    ['the last row is deleted', (rows, at) => void rows.splice(at, 1), 11, 'is missing'],
    ['two rows change places', (rows, at) => void rows.splice(at, 2, rows[at + 1]!, rows[at]!), 5, 'is missing'],
    ['the mark of a row is changed', (rows, at) => void (rows[at]![0] = 'link'), 4, 'in the column row'],
    [
      'a row is no longer found',
      (rows, at) => {
        rows[at] = rows[at]!.map((cell) => cell.replace('"found":true', '"found":false'));
        rows[at][0] = 'link';
      },
      4,
      'is not marked as the header says',
    ],
  ];
  it.each(changes)('%s: not proven, with the first record', async (_how, change, sequence, what) => {
    const rows = await rowsOf(await ask(`hosts=${hostId}`, 'csv'));
    expect((await verifyRows(rows)).failure).toBeNull();
    change(rows, rowOf(rows, sequence));
    const { failure } = await verifyRows(rows);
    expect(failure?.where).toBe(`record ${hostId}:1:${sequence}`);
    expect(failure?.what).toContain(what);
  });

  it('a row made by hand, a repeated one, a shorter stretch, a checkpoint taken out: not proven', async () => {
    const rows = await rowsOf(await ask(`hosts=${hostId}`, 'csv'));
    const at = rowOf(rows, 3);
    const byHand = [...rows[at]!.slice(0, column('proof')), ''];
    expect((await verifyRows(rows.toSpliced(at, 0, byHand))).failure).toEqual({ where: `line ${at + 1}`, what: 'is not JSON' });
    expect((await verifyRows(rows.toSpliced(at, 0, rows[at]!))).failure?.what).toContain('comes after record 3');
    expect((await verifyRows(rows.toSpliced(2, 1))).failure?.what).toContain('is stated by no checkpoint');
    const header = JSON.parse(rows[1]![column('proof')]!) as ProofHeader;
    const ranges = header.ranges!.map((range) => ({ ...range, first: 2, found: range.found.slice(1) }));
    const shorter = [...rows[1]!.slice(0, column('proof')), JSON.stringify({ ...header, ranges })];
    expect((await verifyRows(rows.toSpliced(1, 1, shorter).toSpliced(3, 1))).failure?.where).toBe('header');
  });

  it('counts what has no proof', async () => {
    const entry = { history_id: '1', history_ip: '192.0.2.7', history_user: 'root', history_datetime: '2026-03-04 10:22:33' };
    await server.call('GET', `/omaudit/omaudit_pull/?${new URLSearchParams({ ...entry, history_command: 'find-me' })}`);
    expect(await verify(await ask('q=find-me&from=0', 'csv'))).toMatchObject({
      failure: null,
      search: { found: 3, unsigned: 1 },
    });
  });

  it('is verified by the command, and so is the whole audit as a table', async () => {
    await using dir = await createTempDir('search-proof');
    const file = join(dir.path, 'commands.csv');
    const text = await ask('q=find-me', 'csv');
    await writeFile(file, text);
    const proven = await runWatchpost(['verify', file]);
    expect([proven.code, proven.stdout]).toEqual([0, expect.stringContaining('3 of them were found by {"q":"find-me"}')]);
    await writeFile(file, text.replace('-v find-me', '-v find-you'));
    const changed = await runWatchpost(['verify', '--export', file]);
    expect([changed.code, changed.stdout]).toEqual([1, expect.stringContaining(`NOT PROVEN: record ${hostId}:1:4`)]);

    const whole = await server.call('GET', '/api/v1/audit/export?format=csv', { key: server.keys.administrator });
    expect(whole.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await verify(whole.text)).toMatchObject({ failure: null, records: 13, chains: 2, search: null });
  });

  it('is written down in the audit log', async () => {
    await ask('q=secret-search', 'csv');
    const log = await server.call('GET', '/api/v1/audit-log', { key: server.keys.administrator });
    expect(log.text).toContain('commands.export-proof');
    expect(log.text).toContain('secret-search');
  });
});
