import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chownSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandSchema } from '@watchpost/contracts/commands/command';
import { openSpoolWriter, startTicksOf } from '@watchpost/testkit/shells/spool-writer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PLACES } from '../reader/places.ts';
import { DEFAULT_RULES } from '../redaction/default-rules.ts';
import { createRecorderRig, type RecorderRig } from './testing/recorder-rig.ts';

const soon = { interval: 50 };
let rig: RecorderRig;

beforeEach(async () => {
  rig = await createRecorderRig();
  await rig.start();
});
afterEach(async () => {
  for (const command of rig.server.commands()) commandSchema.parse(command);
  await rig[Symbol.asyncDispose]();
});

/** A record as the hooks write it. */
const recordOf = (...fields: readonly (string | number)[]) => Buffer.from(`\u001eWP1\0${fields.join('\0')}\0`, 'latin1');
const begin = (sequence: number, text: string, cwd = '/') => recordOf('B', sequence, 1, 'h', cwd, '', text);
/** Another shell is recorded as if nothing were there. */
async function expectAnotherIsRecorded(): Promise<void> {
  rig.shell(99).command('of somebody else');
  await expect.poll(rig.texts, soon).toContain('of somebody else');
}

test('numbers that no shell reaches are refused: they would count as missing, and no checkpoint could hold them', async () => {
  const shells = [rig.shell(1), rig.shell(2)];
  for (const shell of shells) {
    shell.command('one');
    appendFileSync(shell.path, begin(Number.MAX_SAFE_INTEGER, 'by hand'));
    shell.command('two');
  }
  await expect
    .poll(() => rig.texts().toSorted((a, b) => String(a).localeCompare(String(b))), soon)
    .toEqual(['one', 'one', 'two', 'two']);
  expect(rig.marks()).toEqual(['refused forged', 'refused forged']);
  await rig.expectEven();
  await rig.recorder().close();
  await rig.start();
  await expectAnotherIsRecorded();
  await rig.expectEven();
});

test('records that are as large as can be as JSON do not stop the recorder', async () => {
  const shell = rig.shell(1);
  const cwd = `/${'\u0001'.repeat(4_095)}`;
  const secrets = 'curl -u a:b;'.repeat(700);
  const control = '\u0001'.repeat(400_000);
  const lines = [
    ...Array.from({ length: 600 }, (_, index) => begin(2 + index, 'in a long folder', cwd)),
    ...Array.from({ length: 100 }, (_, index) => begin(602 + index, secrets)),
    ...Array.from({ length: 8 }, (_, index) => begin(702 + index, control)),
  ];
  appendFileSync(shell.path, Buffer.concat(lines));
  await expect.poll(() => rig.texts().length, soon).toBe(708);
  await expectAnotherIsRecorded();
  await rig.expectEven();
});

test('what a shell says of its own name, as long as can be, does not stop the recorder', async () => {
  const ticks = startTicksOf(process.pid);
  const uid = process.getuid?.() ?? 0;
  const name = 'n'.repeat(9 * 1024 * 1024);
  const header = ['S', 1, 1, name, '5', process.pid, 1, uid, uid, 0, 0, 0, ticks, 'boot', 'host', '', 1, '/', 'c'];
  writeFileSync(join(rig.spool, `c.${uid}.${process.pid}.${ticks}.1`), Buffer.concat([recordOf(...header), begin(2, 'one')]));
  await rig.recorded('one');
  await expectAnotherIsRecorded();
  await rig.expectEven();
});

test('records without an end, and large ones, are not held in memory', async () => {
  const before = process.memoryUsage.rss();
  const unfinished = begin(2, 'x'.repeat(12 * 1024 * 1024)).subarray(0, -1);
  for (let index = 1; index <= 30; index += 1) appendFileSync(rig.shell(index).path, unfinished);
  const large = rig.shell(50);
  const text = 'y'.repeat(3 * 1024 * 1024);
  for (let sequence = 2; sequence < 12; sequence += 1) appendFileSync(large.path, begin(sequence, text));
  await expectAnotherIsRecorded();
  await expect.poll(() => rig.texts().length, soon).toBe(1 + 10);
  // All without an end are 360 MB. The far end keeps the texts that it got in the memory of this process as well.
  expect(process.memoryUsage.rss() - before).toBeLessThan(300e6);
  appendFileSync(rig.shell(51).path, begin(2, 'z'));
  await expect.poll(rig.texts, soon).toContain('z');
});

test('lines that take seconds to mask do not hold up what others type, and are masked and recorded in the end', async () => {
  await rig.recorder().close();
  const hints = DEFAULT_RULES.flatMap(({ hints, needs = '' }) => [...hints, needs]).join(' ');
  const text = `mysql -ps3cretWord x\n${hints.repeat(Math.ceil(100_000 / hints.length))}`;
  // More of them than are worked on at a time.
  const shells = Array.from({ length: 6 }, (_, index) => rig.shell(index));
  for (const shell of shells) appendFileSync(shell.path, begin(2, text));
  rig.shell(99).command('of somebody else');
  await rig.start();
  await expect.poll(() => rig.texts().length, soon).toBe(1 + shells.length);
  expect(rig.texts()[0]).toBe('of somebody else');
  expect(rig.texts().filter((typed) => typed?.includes('s3cretWord'))).toEqual([]);
  expect(rig.texts().filter((typed) => typed?.startsWith('mysql -p********** x'))).toHaveLength(shells.length);
  await rig.expectEven();
});

test('a shell for which there is no place is told of, and read as soon as there is one', async () => {
  await rig[Symbol.asyncDispose]();
  rig = await createRecorderRig({ places: { ...PLACES, files: 2, kept: 0 } });
  await rig.start();
  const child = spawn('sleep', ['3600'], { stdio: 'ignore' });
  const leaving = openSpoolWriter({ dir: rig.spool, random: 1, pid: child.pid ?? 0 });
  leaving.command('leaving');
  leaving.close();
  await rig.recorded('leaving');
  rig.shell(2).command('staying');
  await rig.recorded('leaving', 'staying');
  rig.shell(3).command('waiting');
  await expect.poll(rig.marks, soon).toEqual(['gap reader-lost']);
  expect(rig.texts()).not.toContain('waiting');
  expect(rig.server.commands().find(({ kind }) => kind === 'gap')?.detail).toContain('as many files are read as can be');
  child.kill('SIGKILL');
  await rig.recorded('leaving', 'staying', 'waiting');
  await rig.expectEven();
});

test('a user with thousands of names that are none: some are told of, once, and others are recorded', async () => {
  const ticks = startTicksOf(process.pid);
  const uid = process.getuid?.() ?? 0;
  for (let index = 0; index < 3 * PLACES.unbelieved; index += 1) {
    symlinkSync('/etc/passwd', join(rig.spool, `b.${uid}.${process.pid}.${ticks}.1${index}`));
  }
  await expect.poll(() => rig.marks().length, soon).toBe(PLACES.unbelieved);
  await expectAnotherIsRecorded();
  // Two scans later they are still not told of again.
  await expect.poll(() => rig.texts().length, soon).toBe(1);
  expect(rig.marks().length).toBe(PLACES.unbelieved);
  const last = rig.server.commands().findLast(({ kind }) => kind === 'refused');
  expect(last?.detail).toContain('too many files');
  await rig.expectEven();
});

test('a shell that is gone cannot name another login, address or session than its own', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root: it writes as another user');
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
  const gone = (uid: number, loginUid: number, random: number, letter = 'b') => {
    const file = join(rig.spool, `${letter}.${uid}.4194303.77.${random}`);
    const header = [
      'S',
      1,
      1,
      'bash',
      '5',
      4_194_303,
      1,
      uid,
      uid,
      loginUid,
      7,
      0,
      77,
      'boot',
      'host',
      '192.0.2.1 1 h 2',
      1,
      '/',
    ];
    writeFileSync(file, '', { mode: 0o600 });
    chownSync(file, uid, uid);
    appendFileSync(
      file,
      Buffer.concat([recordOf(...header, letter === 'c' ? 'c' : 'i'), begin(2, `${letter} ${uid} ${loginUid}`)]),
    );
  };
  gone(nobody, 0, 1);
  gone(nobody, nobody, 2);
  gone(0, nobody, 3);
  gone(0, nobody, 4, 'c');
  await expect.poll(() => rig.texts().length, soon).toBe(4);
  const facts = new Map(
    rig.server
      .commands()
      .filter(({ kind }) => kind === 'start')
      .map(({ text, uid, loginUid, sourceIp, sessionId }) => [
        text,
        { uid, loginUid, sourceIp, isAudit: sessionId.endsWith('-a7') },
      ]),
  );
  expect(facts.get(`b ${nobody} 0`)).toEqual({ uid: nobody, loginUid: null, sourceIp: null, isAudit: false });
  expect(facts.get(`b ${nobody} ${nobody}`)).toEqual({ uid: nobody, loginUid: nobody, sourceIp: null, isAudit: false });
  // What root writes, root could have set in the kernel; the environment of a su is the user's.
  expect(facts.get(`b 0 ${nobody}`)).toEqual({ uid: 0, loginUid: nobody, sourceIp: null, isAudit: true });
  expect(facts.get(`c 0 ${nobody}`)).toEqual({ uid: 0, loginUid: nobody, sourceIp: '192.0.2.1', isAudit: true });
});
