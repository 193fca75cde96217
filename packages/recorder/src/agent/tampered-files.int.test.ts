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
import { startTicksOf } from '@watchpost/testkit/shells/spool-writer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRecorderRig, type RecorderRig } from './testing/recorder-rig.ts';

const soon = { interval: 20 };
let rig: RecorderRig;
let wallMs: () => number;

beforeEach(async () => {
  ({ wallMs } = systemClock);
  rig = await createRecorderRig({ clock: { ...systemClock, wallMs: () => wallMs() } });
  await rig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

test('a file that its user removes is read on while the shell holds it open', async () => {
  const own = rig.shell(1);
  own.command('one');
  await rig.recorded('one');
  rmSync(own.path);
  own.command('two');
  await rig.recorded('one', 'two');
  expect(rig.marks()).toEqual(['gap deleted']);
  await rig.expectEven();
});

test('a file that is made anew under its name: numbers go on, what was in it unread is counted', async () => {
  const own = rig.shell(1);
  own.command('one');
  await rig.recorded('one');
  const before = readFileSync(own.path, 'latin1').length;
  own.command('two');
  await rig.recorded('one', 'two');
  const records = readFileSync(own.path, 'latin1').slice(before);
  rmSync(own.path);
  await expect.poll(rig.marks, soon).toEqual(['gap deleted']);
  // The shell goes on in a new file of the same name, as `>>` makes it. Four records never came there: 6 to 9.
  const later = records
    .replace(/(WP1\0[BE]\0)(\d+)/g, (_, head: string, number: string) => `${head}${Number(number) + 6}`)
    .replace('two', 'three');
  appendFileSync(own.path, Buffer.from(later, 'latin1'), { mode: 0o600 });
  await rig.recorded('one', 'two', 'three');
  expect(rig.marks()).toEqual(['gap deleted', 'gap sequence']);
  await rig.expectEven(4);
});

test('a file that is made shorter, and written anew with old numbers', async () => {
  const own = rig.shell(1);
  own.command('one');
  own.command('two');
  await rig.recorded('one', 'two');
  truncateSync(own.path);
  await expect.poll(rig.marks, soon).toEqual(['gap truncated']);
  own.command('three');
  await rig.recorded('one', 'two', 'three');
  const written = readFileSync(own.path, 'latin1');
  const begin = written.slice(written.indexOf('\x1eWP1\0B\0'), written.indexOf('\x1eWP1\0E\0'));
  appendFileSync(own.path, Buffer.from(begin.replace('three', 'hidden by hand'), 'latin1'));
  await expect.poll(rig.marks, soon).toEqual(['gap truncated', 'refused forged']);
  // Whoever writes numbers ahead does not hide with them what he types afterwards.
  const refused = rig.server.commands().find(({ kind }) => kind === 'refused');
  expect(refused).toMatchObject({ text: 'hidden by hand', uid: process.getuid?.() });
  await rig.expectEven();
});

test('garbage, and the begin of another shell, in the middle of a file', async () => {
  const own = rig.shell(1);
  own.command('one');
  await rig.recorded('one');
  appendFileSync(own.path, 'nothing that is a record\n');
  own.command('two');
  await rig.recorded('one', 'two');
  const other = rig.shell(2);
  other.command('other');
  await rig.recorded('one', 'two', 'other');
  appendFileSync(own.path, readFileSync(other.path));
  own.command('three');
  await expect.poll(rig.texts, soon).toContain('three');
  expect(rig.texts().filter((text) => text === 'other').length).toBe(1);
  expect(rig.marks()).toEqual(expect.arrayContaining(['refused not-a-record', 'refused forged']));
  expect(rig.marks().every((mark) => mark.startsWith('refused'))).toBe(true);
  await rig.expectEven();
});

test('a link, a FIFO or a folder in place of a file, a second name, a moved file: told once, not followed', async () => {
  const own = rig.shell(1);
  own.command('one');
  await rig.recorded('one');
  const name = (random: number) => own.path.replace(/\d+$/, String(random));
  symlinkSync('/etc/passwd', name(2));
  execFileSync('mkfifo', [name(3)]);
  mkdirSync(name(4));
  linkSync(own.path, name(5));
  await expect.poll(() => rig.marks().length, soon).toBe(4);
  renameSync(own.path, name(6));
  own.command('after the move');
  await rig.recorded('one', 'after the move');
  await expect
    .poll(() => rig.marks().toSorted(), soon)
    .toEqual(['gap deleted', ...Array.from({ length: 5 }, () => 'refused forged')]);
  const details = rig.server.commands().flatMap(({ kind, detail }) => (kind === 'refused' ? [detail] : []));
  expect(details.filter((detail) => detail?.startsWith('a spool file of another shell has a second name')).length).toBe(2);
  await rig.expectEven();
});

test('nobody passes as another user', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root: it writes as another user');
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
  const forge = (file: string, uid: number, pid: number) => {
    const record = `\\036WP1\\000B\\0001\\0001\\000h\\000/\\000\\000forged\\000`;
    execFileSync('setpriv', [`--reuid=${nobody}`, '--clear-groups', 'sh', '-c', `printf '${record}' > ${join(rig.spool, file)}`]);
    return { uid, pid };
  };
  chmodSync(rig.dir, 0o755);
  const ticks = startTicksOf(process.pid);
  // A file that names root, and one that names a process of root.
  forge(`b.0.${process.pid}.${ticks}.1`, 0, process.pid);
  forge(`b.${nobody}.${process.pid}.${ticks}.2`, nobody, process.pid);
  await expect.poll(() => rig.marks().toSorted(), soon).toEqual(['refused foreign-owner', 'refused forged']);
  expect(rig.texts()).toEqual([]);
  // Shells without a hook that others have on this machine are told of as well.
  expect(rig.server.commands().every(({ uid, cause }) => uid === nobody || cause === 'unhooked')).toBe(true);
  await rig.expectEven();
});

test('the clock of the machine steps back', async () => {
  const own = rig.shell(1);
  own.command('before');
  await rig.recorded('before');
  wallMs = () => systemClock.wallMs() - 3_600_000;
  own.command('after');
  appendFileSync(own.path, 'garbage');
  await rig.recorded('before', 'after');
  await rig.recorder().close();
  await rig.start();
  own.command('later');
  await rig.recorded('before', 'after', 'later');
  await rig.expectEven();
});

test('the server is away for long: all waits, and a restart in between changes nothing', async () => {
  const own = rig.shell(1);
  rig.server.setAway(true);
  const typed = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  for (const text of typed.slice(0, 250)) own.command(text);
  await expect.poll(() => rig.recorder().status().budget.spooled, soon).toBeGreaterThanOrEqual(501);
  await expect.poll(() => rig.recorder().status().budget.sent, soon).toBeGreaterThan(0);
  expect(rig.recorder().status().budget.acknowledged).toBe(0);
  const { sent } = rig.recorder().status().budget;
  await rig.recorder().close();
  await rig.start();
  expect(rig.recorder().status().budget.sent).toBeGreaterThanOrEqual(sent);
  for (const text of typed.slice(250)) own.command(text);
  rig.server.setAway(false);
  await rig.recorded(...typed);
  await rig.expectEven();
});

test('the spool of the recorder is removed by hand: a new chain begins, and says what is gone', async () => {
  const own = rig.shell(1);
  rig.server.setAway(true);
  own.command('lost');
  await expect.poll(() => rig.recorder().status().budget.spooled, soon).toBeGreaterThanOrEqual(3);
  await rig.recorder().close();
  rmSync(join(rig.dir, 'data/spool'), { recursive: true });
  rig.server.setAway(false);
  await rig.start();
  own.command('kept');
  await rig.recorded('kept');
  await expect
    .poll(() => rig.server.commands().find(({ cause }) => cause === 'reader-lost')?.detail, soon)
    .toBe('the spool is gone with 3 records that were not sent');
  await rig.expectEven();
});
