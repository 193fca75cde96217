import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../clock/clock.ts';
import { createLog } from '../log/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { openSpool, type Spool } from './spool.ts';

const log = createLog({ name: 'test', level: 'silent' });
const all = { maxRecords: 2_000, maxBytes: 1024 * 1024 };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function drain(spool: Spool): Promise<{ sequence: number; life?: string }[]> {
  const found: { sequence: number; life?: string }[] = [];
  for (let batch = await spool.readOldest(all); batch !== null; batch = await spool.readOldest(all)) {
    for (const line of batch.lines) found.push(JSON.parse(line.toString('utf8')) as { sequence: number });
  }
  return found;
}

/** Lets a process append until it has reported a number of ranges, and kills it with SIGKILL. */
async function appendAndKill(life: number, reports: number): Promise<{ first: number; last: number }[]> {
  const script = join(import.meta.dirname, 'testing/appender.ts');
  const child = spawn(process.execPath, [script, dir, String(life)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let isKilled = false;
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout as AsyncIterable<string>) {
    output += chunk;
    if (!isKilled && output.split('\n').length > reports) {
      isKilled = true;
      child.kill('SIGKILL');
    }
  }
  // What the process had written before it died counts, the last line only when it is whole.
  return [...output.matchAll(/^(\d+)-(\d+)\n/gm)].map(([, first, last]) => ({ first: Number(first), last: Number(last) }));
}

test('SIGKILL at any moment: every record that was reported durable is there, once', async () => {
  const reported: { sequence: number; life: string }[] = [];
  for (const [life, reports] of [1, 2, 7, 30, 80, 160, 333, 700].entries()) {
    for (const range of await appendAndKill(life, reports)) {
      for (let sequence = range.first; sequence <= range.last; sequence++) reported.push({ sequence, life: String(life) });
    }
  }
  expect(reported.length).toBeGreaterThan(2_000);
  const spool = await openSpool({ dir, clock: systemClock, log });
  const found = await drain(spool);
  const lifeOf = new Map(found.map((record) => [record.sequence, record.life]));
  expect(lifeOf.size).toBe(found.length);
  expect(reported.filter((record) => lifeOf.get(record.sequence) !== record.life)).toEqual([]);
  // A kill in the middle of a write may leave a torn record: one that was never reported, with its gap.
  for (const gap of spool.takeGaps()) {
    expect(gap.reason).toBe('spool-torn');
    expect(reported.filter(({ sequence }) => gap.first <= sequence && sequence <= gap.last)).toEqual([]);
    expect(found.filter(({ sequence }) => gap.first <= sequence && sequence <= gap.last)).toEqual([]);
  }
  await spool.close();
});

test('a second process cannot use the spool; the lock of one that died does not hold', async () => {
  const spool = await openSpool({ dir, clock: systemClock, log });
  await expect(openSpool({ dir, clock: systemClock, log })).rejects.toThrow(new RegExp(`in use by process ${process.pid}`));
  await spool.close();
  await symlink('999999999 12345 some-other-boot', join(dir, 'lock'));
  await (await openSpool({ dir, clock: systemClock, log })).close();
});

test('a killed process that nobody has waited for does not hold the lock', async () => {
  const script = join(import.meta.dirname, 'testing/appender.ts');
  // The shell becomes a sleep, which never waits for the appender it has started: killed, that stays as a zombie.
  const parent = spawn('sh', ['-c', '"$0" "$@" & echo "pid $!"; exec sleep 30', process.execPath, script, dir, 'z'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let output = '';
    parent.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    await expect.poll(() => output).toMatch(/^pid \d+\n[^]*^\d+-\d+\n/m);
    const pid = Number(/^pid (\d+)$/m.exec(output)?.[1]);
    process.kill(pid, 'SIGKILL');
    const state = async () => /\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1];
    await expect.poll(state).toBe('Z');
    await (await openSpool({ dir, clock: systemClock, log })).close();
    expect(await state()).toBe('Z');
  } finally {
    parent.kill('SIGKILL');
  }
});

test('files are for their owner only, and others are left alone', async () => {
  await writeFile(join(dir, 'README'), 'mine');
  const spool = await openSpool({ dir, clock: systemClock, log });
  await spool.append([{ a: 1 }]);
  await spool.acknowledge(1, 1);
  for (const name of await readdir(dir)) {
    if (name.endsWith('.seg') || name.endsWith('.log')) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
  }
  await spool.close();
  expect(await readdir(dir)).toContain('README');
});

test('counts what it does', async () => {
  const metrics = createMetrics({ processMetrics: false });
  const spool = await openSpool({ dir, clock: systemClock, log, metrics });
  await spool.append([{ a: 1 }, { text: 'x'.repeat(70_000) }]);
  await spool.close();
  const text = await metrics.text();
  expect(text).toContain('watchpost_dropped_total{reason="too-large"} 1');
  expect(text).toContain('watchpost_spool_appended_total 2');
});

test('a backlog of many files is there after a restart, and is read in order', async () => {
  const spool = await openSpool({ dir, clock: systemClock, log });
  const records = Array.from({ length: 2_000 }, (_, index) => ({ index, text: 'x'.repeat(600) }));
  for (let round = 0; round < 40; round++) await spool.append(records);
  await spool.close();
  const again = await openSpool({ dir, clock: systemClock, log });
  expect(again.stats()).toMatchObject({ records: 80_000, newest: 80_000 });
  expect((await again.readNewest({ maxRecords: 3, maxBytes: 10_000 }))?.sequences).toEqual([79_998, 79_999, 80_000]);
  let next = 1;
  for (let batch = await again.readOldest(all); batch !== null; batch = await again.readOldest(all)) {
    expect(batch.first).toBe(next);
    next = batch.last + 1;
    await again.acknowledge(batch.first, batch.last);
  }
  expect(next).toBe(79_998);
  await again.close();
});

/** A file system of 256 KiB; null when this machine does not allow it. */
function mountTiny(path: string): (() => void) | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return null;
  }
  return () => void execFileSync('umount', ['-l', path], { stdio: 'pipe' });
}

test('a disk that is really full', async (context) => {
  const unmount = mountTiny(dir);
  if (unmount === null) context.skip('needs root: it mounts a file system of 256 KiB');
  try {
    const options = { dir, clock: systemClock, log, maxBytes: 1024 * 1024, segmentBytes: 16 * 1024 };
    const spool = await openSpool(options);
    const confirmed: number[] = [];
    let failures = 0;
    for (let round = 0; failures < 5 && round < 2_000; round++) {
      const range = await spool.append([{ text: 'x'.repeat(1_000) }]).catch(() => null);
      if (range === null) failures += 1;
      else confirmed.push(range.first);
    }
    expect(failures).toBe(5);
    expect(confirmed.length).toBeGreaterThan(150);
    // The server takes some: files go, there is room, and it goes on by itself.
    for (let round = 0; round < 4; round++) {
      const batch = await spool.readOldest({ maxRecords: 20, maxBytes: 1024 * 1024 });
      if (batch !== null) await spool.acknowledge(batch.first, batch.last);
    }
    const { first } = await spool.append([{ after: true }]);
    await spool.close();

    const again = await openSpool(options);
    const found = (await drain(again)).map((record) => record.sequence);
    expect(found.at(-1)).toBe(first);
    expect(confirmed.slice(80).filter((sequence) => !found.includes(sequence))).toEqual([]);
    const [gap] = again.takeGaps();
    expect(again.takeGaps().length).toBe(1);
    expect(gap).toMatchObject({ last: first - 1, reason: 'spool-write' });
    await again.close();
  } finally {
    unmount?.();
  }
});
