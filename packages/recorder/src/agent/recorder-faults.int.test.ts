import { appendFileSync, chownSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { READER_LIMITS } from '../reader/follow-spool.ts';
import { createRecorderRig, type RecorderRig } from './testing/recorder-rig.ts';

const soon = { interval: 50 };
const HOUR_US = 3_600_000_000;
let rig: RecorderRig;
/** How far the clock of the machine was set, for recorder and shells alike. */
let stepMs: number;

beforeEach(async () => {
  stepMs = 0;
  rig = await createRecorderRig({ clock: { ...systemClock, wallMs: () => systemClock.wallMs() + stepMs } });
});
afterEach(() => rig[Symbol.asyncDispose]());

const recordOf = (...fields: readonly (string | number)[]) => Buffer.from(`\u001eWP1\0${fields.join('\0')}\0`, 'latin1');
const nowUs = () => Math.round((systemClock.wallMs() + stepMs) * 1_000);
const ends = () =>
  rig.server.commands().flatMap(({ kind, durationUs, at, startedAt }) => (kind === 'end' ? [{ durationUs, at, startedAt }] : []));
/** A file as the hook of a shell writes it that has ended, of a process that never was. */
function deadShell(random: number, ...records: readonly Buffer[]): string {
  const uid = process.getuid?.() ?? 0;
  const header = ['S', 1, nowUs(), 'bash', '5', 4_194_303, 1, uid, uid, 0, 0, 0, 77, 'boot', 'host', '', 1, '/', 'i'];
  const path = join(rig.spool, `b.${uid}.4194303.77.${random}`);
  writeFileSync(path, Buffer.concat([recordOf(...header), ...records]));
  return path;
}

test.each([-HOUR_US, HOUR_US])('the clock is set by %i µs while a command runs: its duration is what passed', async (stepUs) => {
  await rig.start();
  const shell = rig.shell(1);
  appendFileSync(shell.path, recordOf('B', 2, nowUs(), 'h', '/', '', 'one'));
  await rig.recorded('one');
  stepMs = stepUs / 1_000;
  appendFileSync(shell.path, recordOf('E', 3, nowUs(), 2, 0, 0));
  await expect.poll(ends, soon).toHaveLength(1);
  const [end] = ends();
  expect(end?.durationUs).toBeGreaterThanOrEqual(0);
  expect(end?.durationUs).toBeLessThan(60_000_000);
  // The times themselves are the ones of the clock.
  expect(Math.abs((end?.at ?? 0) - (end?.startedAt ?? 0))).toBeGreaterThan(HOUR_US / 2);
  await rig.expectEven();
});

test('the clock is set while no recorder runs: what cannot be is not told', async () => {
  const shell = rig.shell(1);
  const lines = [
    recordOf('B', 2, nowUs(), 'h', '/', '', 'back'),
    recordOf('E', 3, nowUs() - HOUR_US, 2, 0, 0),
    recordOf('B', 4, nowUs(), 'h', '/', '', 'years ahead'),
    recordOf('E', 5, nowUs() + 100_000 * HOUR_US, 4, 0, 0),
    recordOf('B', 6, nowUs(), 'h', '/', '', 'usual'),
    recordOf('E', 7, nowUs() + 7, 6, 0, 0),
  ];
  appendFileSync(shell.path, Buffer.concat(lines));
  await rig.start();
  await expect.poll(() => ends().map(({ durationUs }) => durationUs), soon).toEqual([null, null, expect.any(Number)]);
  await rig.expectEven();
});

test('records that a hook could not write are counted, with their cause, and the budget is even', async () => {
  await rig.start();
  const shell = rig.shell(1);
  shell.command('one');
  await rig.recorded('one');
  // The hook numbers on while its writes fail: 4 to 8 never came.
  appendFileSync(shell.path, recordOf('B', 9, nowUs(), 'h', '/', '', 'two'));
  await rig.recorded('one', 'two');
  const gap = rig.server.commands().find(({ kind }) => kind === 'gap');
  expect(gap).toMatchObject({ cause: 'sequence', missing: 5, detail: 'records 4 to 8 of this shell were never found' });
  await rig.expectEven(5);
});

test('a file that holds but a cut record: it is waited for, and told of when its shell is gone', async () => {
  const whole = recordOf('B', 2, nowUs(), 'h', '/', '', 'cut');
  const uid = process.getuid?.() ?? 0;
  const alone = join(rig.spool, `b.${uid}.4194303.77.1`);
  writeFileSync(alone, whole.subarray(0, -4));
  const behind = deadShell(2, whole.subarray(0, -1));
  await rig.start();
  await expect.poll(() => rig.marks().toSorted(), soon).toEqual(['gap torn', 'gap torn']);
  await expect.poll(() => [existsSync(alone), existsSync(behind)], soon).toEqual([false, false]);
  await rig.expectEven();
});

test('more than a thousand files of dead shells at a start: each is read, closed and removed, and none twice', async () => {
  const files = READER_LIMITS.scanNames + 200;
  for (let index = 0; index < files; index += 1) deadShell(index, recordOf('B', 2, nowUs(), 'h', '/', '', `dead ${index}`));
  await rig.start();
  await expect.poll(() => new Set(rig.texts()).size, soon).toBe(files);
  await expect.poll(() => readdirSync(rig.spool).length, soon).toBe(0);
  expect(rig.texts()).toHaveLength(files);
  expect(rig.server.commands().filter(({ kind }) => kind === 'closed')).toHaveLength(files);
  await rig.expectEven();
});

test('the recorder ends after it removed a file and before its checkpoint knows: nothing is told twice, or as deleted', async () => {
  deadShell(1, recordOf('B', 2, nowUs(), 'h', '/', '', 'dead'));
  const data = join(rig.dir, 'data', 'checkpoint.json');
  // The file stays until the server has its records.
  rig.server.setAway(true);
  await rig.start();
  const isClosed = () => existsSync(data) && readFileSync(data, 'utf8').includes('"isClosed":true');
  await expect.poll(isClosed, soon).toBe(true);
  const before = readFileSync(data);
  rig.server.setAway(false);
  await rig.recorded('dead');
  await expect.poll(() => readdirSync(rig.spool), soon).toEqual([]);
  await rig.expectEven();
  await rig.recorder().close();
  writeFileSync(data, before);
  chownSync(data, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  await rig.start();
  rig.shell(2).command('later');
  await rig.recorded('dead', 'later');
  expect(rig.marks()).toEqual([]);
  expect(rig.server.commands().filter(({ kind }) => kind === 'closed')).toHaveLength(1);
});

test('the recorder ends twice without warning before it read a file again: nothing is told twice', async () => {
  const checkpoint = join(rig.dir, 'data', 'checkpoint.json');
  await rig.start();
  await rig.recorder().close();
  const before = readFileSync(checkpoint);
  rig.server.setAway(true);
  await rig.start();
  const shell = rig.shell(1);
  appendFileSync(
    shell.path,
    Buffer.concat([
      recordOf('B', 2, nowUs(), 'h', '/', '', 'one'),
      recordOf('E', 3, nowUs(), 2, 0, 0),
      recordOf('X', 4, nowUs(), '', 0),
    ]),
  );
  await expect.poll(() => rig.recorder().status().budget.spooled, soon).toBe(4);
  await rig.recorder().close();
  // The first end: the spool knows more than the checkpoint. The second: a checkpoint was written, the file not read.
  writeFileSync(checkpoint, before);
  const aside = join(rig.dir, 'aside');
  renameSync(shell.path, aside);
  await rig.start();
  await rig.recorder().close();
  renameSync(aside, shell.path);
  await rig.start();
  rig.server.setAway(false);
  await rig.recorded('one');
  rig.shell(2).command('later');
  await rig.recorded('one', 'later');
  expect(rig.marks()).toEqual([]);
  expect(rig.server.commands().filter(({ kind }) => kind === 'closed')).toHaveLength(1);
  await rig.expectEven();
});

test('the recorder ends after records were acknowledged and before its checkpoint knows: they are not under way for ever', async () => {
  // So often that a record is in the checkpoint before it is sent.
  await rig[Symbol.asyncDispose]();
  rig = await createRecorderRig({ every: { checkpoint: 5 } });
  const checkpoint = join(rig.dir, 'data', 'checkpoint.json');
  await rig.start();
  rig.server.setAway(true);
  rig.shell(1).command('under way');
  const isSent = () => existsSync(checkpoint) && !/"underWay":\s*\[\]/.test(readFileSync(checkpoint, 'utf8'));
  await expect.poll(isSent, soon).toBe(true);
  const before = readFileSync(checkpoint);
  rig.server.setAway(false);
  await rig.recorded('under way');
  await rig.expectEven();
  await rig.recorder().close();
  writeFileSync(checkpoint, before);
  await rig.start();
  rig.shell(2).command('later');
  await rig.recorded('under way', 'later');
  await rig.expectEven();
});
