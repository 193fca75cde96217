import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { readCheckpoint } from './checkpoint.ts';
import { createRecorderRig, type RecorderRig } from './testing/recorder-rig.ts';

const soon = { interval: 50 };
const DISK_MB = 48;
/** Their places in the checkpoint take more than a page of the disk, so that a page that is free is filled in the middle of it. */
const SHELLS = 80;
const PAGE_BYTES = 4_096;

let rig: RecorderRig;
let data: string;
let isMounted = false;

beforeEach(async () => {
  rig = await createRecorderRig();
  data = join(rig.dir, 'data');
  mkdirSync(data);
});
afterEach(async () => {
  rmSync(join(data, 'filler'), { force: true });
  await rig.recorder().close();
  if (isMounted) execFileSync('umount', ['-l', data]);
  isMounted = false;
  await rig[Symbol.asyncDispose]();
});

function mount(context: TestContext): void {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', data], { stdio: 'pipe' });
    isMounted = true;
  } catch {
    context.skip(`needs root: it mounts a file system of ${DISK_MB} MB`);
  }
}
const freeBytes = () => {
  const { bavail, bsize } = statfsSync(data);
  return bavail * bsize;
};
/** Leaves so many bytes of the disk free. */
function fillBut(leftBytes: number): void {
  writeFileSync(join(data, 'filler'), Buffer.alloc(Math.max(freeBytes() - leftBytes, 0)), { flag: 'a' });
}
const acknowledged = async () => (await readCheckpoint(data))?.acknowledged ?? 0;

/** Commands that are durable (other shells of the machine may add a record that they have no hook), and a server that takes them only now: what comes next is the checkpoint. */
async function spooledWithoutServer(): Promise<void> {
  await rig.start();
  rig.server.setAway(true);
  for (let index = 0; index < SHELLS; index += 1) rig.shell(index).command(`before ${index}`);
  await expect.poll(() => rig.recorder().status().budget.spooled, soon).toBeGreaterThanOrEqual(3 * SHELLS);
  await expect.poll(() => statSync(join(data, 'checkpoint.json')).size, soon).toBeGreaterThan(2 * PAGE_BYTES);
  await expect.poll(async () => (await readCheckpoint(data))?.spooled, soon).toBeGreaterThanOrEqual(3 * SHELLS);
}

test('the disk is full while a checkpoint is written: what is kept back for it makes room, and the spool forgets', async (context) => {
  mount(context);
  await spooledWithoutServer();
  fillBut(PAGE_BYTES);
  rig.server.setAway(false);
  await expect.poll(acknowledged, soon).toBeGreaterThanOrEqual(3 * SHELLS);
  expect(rig.texts()).toHaveLength(SHELLS);
  await rig.expectEven();
});

test('nothing is kept back either: the checkpoint before it stays whole, also for the next start, and all is there in the end', async (context) => {
  mount(context);
  await spooledWithoutServer();
  const before = readFileSync(join(data, 'checkpoint.json'), 'utf8');
  rmSync(join(data, 'reserve'));
  fillBut(PAGE_BYTES);
  rig.server.setAway(false);
  await expect.poll(() => rig.server.stored.size, soon).toBeGreaterThanOrEqual(3 * SHELLS);
  // It is tried each 100 ms, and cut at the page that is free.
  await expect.poll(() => existsSync(join(data, 'checkpoint.json.new')), soon).toBe(true);
  expect((JSON.parse(readFileSync(join(data, 'checkpoint.json'), 'utf8')) as { files: object }).files).toEqual(
    (JSON.parse(before) as { files: object }).files,
  );
  await rig.recorder().close();
  await rig.start();
  rmSync(join(data, 'filler'));
  rig.shell(SHELLS).command('after');
  await expect.poll(() => rig.texts().length, soon).toBe(SHELLS + 1);
  await expect.poll(acknowledged, soon).toBeGreaterThanOrEqual(3 * (SHELLS + 1));
  await rig.expectEven();
});
