import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Host } from '@watchpost/contracts/api/audit';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { type JoinedRecorder, joinRecorder } from '@watchpost/testkit/joined-recorder';
import { openSpoolWriter, type SpoolWriter } from '@watchpost/testkit/shells/spool-writer';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { type ServerProcess, startServerProcess, type WatchpostProcess } from '@watchpost/testkit/watchpost-process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { pause } from './measured-rounds.ts';

const SLOW_MS = 240_000;
// Each look starts a process.
const soon = { timeout: 150_000, interval: 1_000 };
const FILES = 200;
const SECONDS = 5;
/** Of START and END together. */
const RECORDS_PER_S = 10_000;
const TURN_MS = 20;
const KILLS = 5;
/** Shells that end at the same moment. */
const ENDED = 100;
const REMOVAL_MS = 60_000;

let dir: TempDir;
let server: ServerProcess;
let api: ApiClient;
let count = 0;
let spool: string;
let data: string;
let joined: JoinedRecorder;
let recorder: WatchpostProcess;
let writers: SpoolWriter[];

beforeAll(async () => {
  dir = await createTempDir('recorder-faults');
  server = await startServerProcess({ command: 'server', dataDir: join(dir.path, 'server') });
  api = await signIn(server.url);
}, SLOW_MS);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await dir?.remove();
});
beforeEach(async () => {
  count += 1;
  spool = join(dir.path, `shells-${count}`);
  await mkdir(spool);
  await chmod(spool, 0o1733);
  data = join(dir.path, `recorder-${count}`);
  await mkdir(data);
  writers = [];
});
afterEach(async () => {
  for (const writer of writers) writer.close();
  await recorder?.[Symbol.asyncDispose]();
});

async function joinServer(): Promise<void> {
  joined = await joinRecorder({ client: api, name: `host-${count}`, dataDir: data, spool });
}
const start = () => (recorder = joined.start());
const budget = () => joined.budget();
function shells(files: number): readonly SpoolWriter[] {
  const more = Array.from({ length: files }, (_, index) => openSpoolWriter({ dir: spool, random: writers.length + index }));
  writers.push(...more);
  return more;
}
const host = async () => (await api.json<Host[]>('GET', '/hosts')).find(({ name }) => name === `host-${count}`);

/** Texts of the commands of this host that the server has, as its export gives them. */
const storedTexts = async () => (await stored('start')).map(({ text }) => text);

type Stored = { readonly text: string; readonly shellId: string };
async function stored(kind: 'start' | 'closed'): Promise<readonly Stored[]> {
  const from = Date.now() - 3_600_000;
  const answer = await api.request('GET', `/commands/export.jsonl?kinds=${kind}&hosts=${(await host())?.id}&from=${from}`);
  if (answer.status !== 200) throw new Error(`the export answered ${answer.status}: ${await answer.text()}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Stored);
}
/** written = spooled + missing, spooled = sent = acknowledged = stored; and each text once. */
async function expectWhole(typed: readonly string[], chain: string): Promise<void> {
  const written = writers.reduce((sum, writer) => sum + writer.records(), 0);
  // Asked first, as it starts no process.
  await expect.poll(async () => (await host())?.stored, soon).toBeGreaterThanOrEqual(written);
  await expect.poll(async () => (await budget()).acknowledged, soon).toBeGreaterThanOrEqual(written);
  await expect
    .poll(async () => {
      const { written, spooled, sent, acknowledged, missing, dropped } = await budget();
      const unstored = acknowledged - ((await host())?.stored ?? 0);
      return {
        uneven: written - spooled - missing,
        unsent: spooled - sent,
        waiting: sent - acknowledged,
        unstored,
        missing,
        dropped,
      };
    }, soon)
    .toEqual({ uneven: 0, unsent: 0, waiting: 0, unstored: 0, missing: 0, dropped: 0 });
  const texts = await storedTexts();
  expect(texts.length).toBe(typed.length);
  expect(new Set(texts)).toEqual(new Set(typed));
  expect((await host())?.chain).toBe(chain);
}

test(
  'killed at random moments while 200 shells write 10,000 records a second: none lost, none doubled',
  async () => {
    await joinServer();
    start();
    const files = shells(FILES);
    const typed: string[] = [];
    const perTurn = (RECORDS_PER_S / 2) * (TURN_MS / 1_000);
    const killing = (async () => {
      for (let kill = 0; kill < KILLS; kill += 1) {
        await pause(200 + Math.random() * ((SECONDS * 1_000) / KILLS - 200));
        await recorder.kill('tree');
        start();
      }
    })();
    for (let turn = 0; turn < (SECONDS * 1_000) / TURN_MS; turn += 1) {
      for (let each = 0; each < perTurn; each += 1) {
        const text = `true ${turn}-${each}`;
        typed.push(text);
        files[(turn * perTurn + each) % FILES]?.command(text);
      }
      await pause(TURN_MS);
    }
    await killing;
    await expectWhole(typed, 'whole');
  },
  SLOW_MS,
);

test(
  'the disk of the recorder is full for a while: commands wait in the files of their shells',
  async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', data], { stdio: 'pipe' });
    } catch {
      return context.skip('needs root: it mounts a file system of 48 MB');
    }
    try {
      await joinServer();
      start();
      const [file] = shells(1);
      const typed: string[] = [];
      const type = (text: string) => {
        typed.push(text);
        file?.command(text);
      };
      type('before');
      await expect.poll(async () => (await budget().catch(() => null))?.acknowledged, soon).toBe(3);
      await fill(data);
      for (let line = 0; line < 300; line += 1) type(`while full ${line} ${'x'.repeat(1_000)}`);
      await expect.poll(() => recorder.stdout() + recorder.stderr(), soon).toContain('commands cannot be written to the spool');
      for (let round = 0; round < 3; round += 1) {
        await fill(data);
        await pause(500);
      }
      expect(recorder.child.exitCode).toBeNull();
      for (let part = 0; part < 20; part += 1) await rm(join(data, `filler-${part}`), { force: true });
      type('after');
      // The numbers of the write that failed were never used: the chain shows them, and a record says why.
      await expect.poll(async () => (await budget()).acknowledged, soon).toBe(3 + 2 * 301 + 1);
      await expectWhole(typed, 'gap');
      await recorder.stop();
    } finally {
      await recorder.kill('tree');
      execFileSync('umount', ['-l', data]);
    }
  },
  SLOW_MS,
);

test(
  'killed while it removes the files of dead shells: all of them go, each is closed once, and no command is lost or doubled',
  async () => {
    await joinServer();
    start();
    const shell = spawn('sleep', ['3600'], { stdio: 'ignore' });
    const typed: string[] = [];
    try {
      for (let random = 0; random < ENDED; random += 1) {
        const writer = openSpoolWriter({ dir: spool, random, pid: shell.pid ?? 0 });
        writers.push(writer);
        typed.push(`of a shell that ends ${random}`);
        writer.command(`of a shell that ends ${random}`);
      }
      await expect.poll(async () => (await budget().catch(() => null))?.acknowledged, soon).toBeGreaterThanOrEqual(3 * ENDED);
    } finally {
      shell.kill('SIGKILL');
    }
    const left = () => readdirSync(spool).length;
    let killed = 0;
    for (let before = left(); before > 0 && killed < KILLS; before = left()) {
      const until = performance.now() + REMOVAL_MS;
      while (left() === before && performance.now() < until) await nextTurn();
      expect(left()).not.toBe(before);
      await recorder.kill('tree');
      killed += 1;
      start();
    }
    expect(killed).toBeGreaterThan(0);
    await expect.poll(left, soon).toBe(0);
    await expectWhole(typed, 'whole');
    const closed = (await stored('closed')).map(({ shellId }) => shellId);
    expect(closed.length).toBe(ENDED);
    expect(new Set(closed).size).toBe(ENDED);
  },
  SLOW_MS,
);

test(
  'the folder of the shells is not there, comes, and goes away: the recorder runs on',
  async () => {
    await joinServer();
    await rm(spool, { recursive: true });
    start();
    await expect.poll(() => recorder.stdout() + recorder.stderr(), soon).toContain('the recorder runs');
    const [first] = shells(1);
    first?.command('one');
    await expect.poll(async () => (await budget().catch(() => null))?.acknowledged, soon).toBe(3);
    await rm(spool, { recursive: true });
    first?.command('into the removed file');
    await mkdir(spool);
    await chmod(spool, 0o1733);
    const [second] = shells(1);
    second?.command('two');
    const typed = ['one', 'into the removed file', 'two'];
    await expect.poll(async () => (await storedTexts()).toSorted(), soon).toEqual(typed.toSorted());
  },
  SLOW_MS,
);

/** Writes files over all that is free. */
async function fill(disk: string): Promise<void> {
  for (let part = 0; part < 20; part += 1) {
    const { bavail, bsize } = await statfs(disk);
    if (bavail === 0) return;
    await writeFile(join(disk, `filler-${part}`), Buffer.alloc(bavail * bsize), { flag: 'a' }).catch(() => {});
  }
}
