import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { type CommandServer, startCommandServer } from '@watchpost/testkit/command-server';
import { openSpoolWriter, type SpoolWriter, startTicksOf } from '@watchpost/testkit/shells/spool-writer';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Recorder, startRecorder } from './start-recorder.ts';

const soon = { timeout: 20_000, interval: 20 };
let dir: TempDir;
let spool: string;
let server: CommandServer;
let recorder: Recorder;
let wallMs: () => number;
let writers: SpoolWriter[];

beforeEach(async () => {
  dir = await createTempDir('tampered');
  spool = join(dir.path, 'spool');
  mkdirSync(spool);
  chmodSync(spool, 0o1733);
  server = await startCommandServer();
  wallMs = systemClock.wallMs;
  writers = [];
  await start();
});
afterEach(async () => {
  await recorder.close();
  for (const writer of writers) writer.close();
  await server[Symbol.asyncDispose]();
  await dir.remove();
});

async function start(): Promise<void> {
  recorder = await startRecorder({
    identity: { agentId: 'host', key: 'k', vantage: '', serverUrl: server.url },
    settings: { dataDir: join(dir.path, 'data'), shellSpool: spool, redactionKey: Buffer.alloc(32, 1) },
    version: '0',
    log: createLog({ name: 'test', level: 'silent' }),
    metrics: createMetrics({ processMetrics: false }),
    signal: new AbortController().signal,
    clock: { ...systemClock, wallMs: () => wallMs() },
    every: { coverage: 100, checkpoint: 100, status: 100 },
  });
}
/** A shell of this very process, which lives as long as the test. */
function shell(index: number): SpoolWriter & { readonly path: string } {
  const writer = openSpoolWriter({ dir: spool, random: index });
  writers.push(writer);
  return { ...writer, path: join(spool, writer.name) };
}
const texts = () => server.commands().flatMap(({ kind, text }) => (kind === 'start' ? [text] : []));
const marks = () =>
  server.commands().flatMap(({ kind, cause }) => (kind === 'gap' || kind === 'refused' ? [`${kind} ${cause}`] : []));
const recorded = (...wanted: readonly string[]) => expect.poll(texts, soon).toEqual(wanted);

/** Nothing is lost on the way, and what is missing is counted. */
async function expectEven(missing = 0): Promise<void> {
  await expect
    .poll(() => {
      const { written, spooled, sent, acknowledged, missing } = recorder.status().budget;
      return { uneven: written - spooled - missing, unsent: spooled - sent, waiting: sent - acknowledged, missing };
    }, soon)
    .toEqual({ uneven: 0, unsent: 0, waiting: 0, missing });
  expect(server.stored.size).toBe(recorder.status().budget.spooled);
  const sequences = server.commands().map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  await expect.poll(() => server.status()?.budget, soon).toEqual(recorder.status().budget);
}

test('a file that its user removes is read on while the shell holds it open', async () => {
  const own = shell(1);
  own.command('one');
  await recorded('one');
  rmSync(own.path);
  own.command('two');
  await recorded('one', 'two');
  expect(marks()).toEqual(['gap deleted']);
  await expectEven();
});

test('a file that is made anew under its name: numbers go on, what was in it unread is counted', async () => {
  const own = shell(1);
  own.command('one');
  await recorded('one');
  const before = readFileSync(own.path, 'latin1').length;
  own.command('two');
  await recorded('one', 'two');
  const records = readFileSync(own.path, 'latin1').slice(before);
  rmSync(own.path);
  await expect.poll(marks, soon).toEqual(['gap deleted']);
  // The shell goes on in a new file of the same name, as `>>` makes it. Four records never came there: 6 to 9.
  const later = records
    .replace(/(WP1\0[BE]\0)(\d+)/g, (_, head: string, number: string) => `${head}${Number(number) + 6}`)
    .replace('two', 'three');
  appendFileSync(own.path, Buffer.from(later, 'latin1'), { mode: 0o600 });
  await recorded('one', 'two', 'three');
  expect(marks()).toEqual(['gap deleted', 'gap sequence']);
  await expectEven(4);
});

test('a file that is made shorter, and written anew with old numbers', async () => {
  const own = shell(1);
  own.command('one');
  own.command('two');
  await recorded('one', 'two');
  truncateSync(own.path);
  await expect.poll(marks, soon).toEqual(['gap truncated']);
  own.command('three');
  await recorded('one', 'two', 'three');
  const written = readFileSync(own.path, 'latin1');
  const begin = written.slice(written.indexOf('\x1eWP1\0B\0'), written.indexOf('\x1eWP1\0E\0'));
  appendFileSync(own.path, Buffer.from(begin.replace('three', 'hidden by hand'), 'latin1'));
  await expect.poll(marks, soon).toEqual(['gap truncated', 'refused forged']);
  // Whoever writes numbers ahead does not hide with them what he types afterwards.
  const refused = server.commands().find(({ kind }) => kind === 'refused');
  expect(refused).toMatchObject({ text: 'hidden by hand', uid: process.getuid?.() });
  await expectEven();
});

test('garbage, and the begin of another shell, in the middle of a file', async () => {
  const own = shell(1);
  own.command('one');
  await recorded('one');
  appendFileSync(own.path, 'nothing that is a record\n');
  own.command('two');
  await recorded('one', 'two');
  const other = shell(2);
  other.command('other');
  await recorded('one', 'two', 'other');
  appendFileSync(own.path, readFileSync(other.path));
  own.command('three');
  await expect.poll(texts, soon).toContain('three');
  expect(texts().filter((text) => text === 'other').length).toBe(1);
  expect(marks()).toEqual(expect.arrayContaining(['refused not-a-record', 'refused forged']));
  expect(marks().every((mark) => mark.startsWith('refused'))).toBe(true);
  await expectEven();
});

test('a link, a FIFO or a folder in place of a file, a second name, a moved file: told once, not followed', async () => {
  const own = shell(1);
  own.command('one');
  await recorded('one');
  const name = (random: number) => own.path.replace(/\d+$/, String(random));
  symlinkSync('/etc/passwd', name(2));
  execFileSync('mkfifo', [name(3)]);
  mkdirSync(name(4));
  linkSync(own.path, name(5));
  await expect.poll(() => marks().length, soon).toBe(4);
  renameSync(own.path, name(6));
  own.command('after the move');
  await recorded('one', 'after the move');
  await expect
    .poll(() => marks().toSorted(), soon)
    .toEqual(['gap deleted', ...Array.from({ length: 5 }, () => 'refused forged')]);
  const details = server.commands().flatMap(({ kind, detail }) => (kind === 'refused' ? [detail] : []));
  expect(details.filter((detail) => detail?.startsWith('a spool file of another shell has a second name')).length).toBe(2);
  await expectEven();
});

test('nobody passes as another user', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root: it writes as another user');
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
  const forge = (file: string, uid: number, pid: number) => {
    const record = `\\036WP1\\000B\\0001\\0001\\000h\\000/\\000\\000forged\\000`;
    execFileSync('setpriv', [`--reuid=${nobody}`, '--clear-groups', 'sh', '-c', `printf '${record}' > ${join(spool, file)}`]);
    return { uid, pid };
  };
  chmodSync(dir.path, 0o755);
  const ticks = startTicksOf(process.pid);
  // A file that names root, and one that names a process of root.
  forge(`b.0.${process.pid}.${ticks}.1`, 0, process.pid);
  forge(`b.${nobody}.${process.pid}.${ticks}.2`, nobody, process.pid);
  await expect.poll(() => marks().toSorted(), soon).toEqual(['refused foreign-owner', 'refused forged']);
  expect(texts()).toEqual([]);
  // Shells without a hook that others have on this machine are told of as well.
  expect(server.commands().every(({ uid, cause }) => uid === nobody || cause === 'unhooked')).toBe(true);
  await expectEven();
});

test('the clock of the machine steps back', async () => {
  const own = shell(1);
  own.command('before');
  await recorded('before');
  wallMs = () => systemClock.wallMs() - 3_600_000;
  own.command('after');
  appendFileSync(own.path, 'garbage');
  await recorded('before', 'after');
  await recorder.close();
  await start();
  own.command('later');
  await recorded('before', 'after', 'later');
  await expectEven();
});

test('the server is away for long: all waits, and a restart in between changes nothing', async () => {
  const own = shell(1);
  server.setAway(true);
  const typed = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  for (const text of typed.slice(0, 250)) own.command(text);
  await expect.poll(() => recorder.status().budget.spooled, soon).toBeGreaterThanOrEqual(501);
  await expect.poll(() => recorder.status().budget.sent, soon).toBeGreaterThan(0);
  expect(recorder.status().budget.acknowledged).toBe(0);
  const { sent } = recorder.status().budget;
  await recorder.close();
  await start();
  expect(recorder.status().budget.sent).toBeGreaterThanOrEqual(sent);
  for (const text of typed.slice(250)) own.command(text);
  server.setAway(false);
  await recorded(...typed);
  await expectEven();
});

test('the spool of the recorder is removed by hand: a new chain begins, and says what is gone', async () => {
  const own = shell(1);
  server.setAway(true);
  own.command('lost');
  await expect.poll(() => recorder.status().budget.spooled, soon).toBeGreaterThanOrEqual(3);
  await recorder.close();
  rmSync(join(dir.path, 'data/spool'), { recursive: true });
  server.setAway(false);
  await start();
  own.command('kept');
  await recorded('kept');
  await expect
    .poll(() => server.commands().find(({ cause }) => cause === 'reader-lost')?.detail, soon)
    .toBe('the spool is gone with 3 records that were not sent');
  await expectEven();
});
