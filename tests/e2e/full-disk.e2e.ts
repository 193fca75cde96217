import { execFileSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signIn } from '@watchpost/testkit/api-client';
import { createBatchSender, encodeBatch, enrolAgent } from '@watchpost/testkit/batch-sender';
import { createRecordMaker } from '@watchpost/testkit/result-records';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import { expect, test } from 'vitest';
import { createTarget, exported, pause, sequenceOf } from './measured-rounds.ts';

const HOUR_MS = 3_600_000;
const DISK_MB = 256;
/** Of the full disk, so that nothing at all can be written: less than one page. */
const LEFT_BYTES = 4_096;
const PER_BATCH = 500;
const MAX_TRIES = 300;

/** A file system of its own; null where this machine does not allow it. */
function mountSmall(path: string): (() => void) | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return null;
  }
  return () => void execFileSync('umount', ['-l', path], { stdio: 'pipe' });
}

/** Writes a file over all that is free, again and again, until nothing is. */
async function fillDisk(dir: string): Promise<void> {
  for (let part = 0; part < 20; part += 1) {
    const { bavail, bsize } = await statfs(dir);
    if (bavail * bsize <= LEFT_BYTES) return;
    await writeFile(join(dir, `filler-${part}`), Buffer.alloc(bavail * bsize)).catch(() => {});
  }
}

test('a server whose disk is full acknowledges nothing it has not kept, stays up, and goes on when there is room', async (context) => {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await createTempDir('full-disk'));
  const disk = join(dir.path, 'disk');
  await mkdir(disk);
  const unmount = mountSmall(disk);
  if (unmount === null) return context.skip(`needs root: it mounts a file system of ${DISK_MB} MB`);
  stack.defer(unmount);
  const server = stack.use(await startServerProcess({ command: 'server', dataDir: join(disk, 'data') }));
  const client = await signIn(server.url);
  await client.json('POST', '/vantages', { code: 'ct', name: 'Telecom' });
  const targetId = await createTarget(client, 'https://example.org/', 'A', 60);
  const { agentId, key } = await enrolAgent(client, 'ct');
  const from = Date.now() - 6 * HOUR_MS;
  const make = createRecordMaker({ agentId, vantage: 'ct', targetIds: [targetId], from, intervalS: 1 });
  const sender = createBatchSender(server.url, key);
  const epoch = Date.now();
  const batch = (first: number) =>
    encodeBatch(
      epoch,
      Array.from({ length: PER_BATCH }, (_, index) => make(first + index)),
    );
  const acknowledged = new Set<number>();
  const refusals: { readonly status: number; readonly retryAfterMs: number }[] = [];
  const send = async (first: number): Promise<boolean> => {
    const sent = await sender.send(await batch(first));
    if (sent.answer === null) {
      refusals.push(sent);
      return false;
    }
    expect(sent.answer.refusedCount).toBe(0);
    for (let sequence = first; sequence < first + PER_BATCH; sequence += 1) acknowledged.add(sequence);
    return true;
  };
  expect(await send(1)).toBe(true);

  await fillDisk(disk);
  // What the engine has reserved may still take some; then it must say no. It tries for 20 s before it does.
  let next = 1 + PER_BATCH;
  for (let tries = 0; refusals.length === 0 && tries < MAX_TRIES; tries += 1) {
    const answers = await Promise.all([send(next), send(next + PER_BATCH)]);
    while (answers.shift() === true) next += PER_BATCH;
    await fillDisk(disk);
  }
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.every(({ status, retryAfterMs }) => status === 503 && retryAfterMs > 0)).toBe(true);
  expect(server.process.child.exitCode, server.process.stderr()).toBeNull();
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

  for (let part = 0; part < 20; part += 1) await rm(join(disk, `filler-${part}`), { force: true });
  const last = next + PER_BATCH * 2 - 1;
  for (let tries = 0; next <= last && tries < MAX_TRIES; tries += 1) {
    if (await send(next)) next += PER_BATCH;
    else await pause(100);
  }
  sender.close();
  expect(next, server.process.stderr().slice(-2_000)).toBe(last + 1);
  const stored = (await exported(client, targetId)).map(sequenceOf);
  expect(new Set(stored)).toEqual(acknowledged);
  expect(stored.length).toBe(acknowledged.size);
  expect(server.process.child.exitCode).toBeNull();
});
