import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SeriesResponse, StoredResult } from '@watchpost/contracts/api/quality';
import type { EnrolmentToken } from '@watchpost/contracts/api/fleet';
import { signIn } from '@watchpost/testkit/api-client';
import { createBatchSender, encodeBatch, enrolAgent } from '@watchpost/testkit/batch-sender';
import { createRandom, createRecordMaker } from '@watchpost/testkit/result-records';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { type ServerProcess, startServerProcess, startWatchpost } from '@watchpost/testkit/watchpost-process';
import { expect, test } from 'vitest';
import {
  createTarget,
  eventually,
  exported,
  exportedAll,
  missing,
  pause,
  pauseTargets,
  sequenceOf,
  startSite,
  UNHURRIED,
} from './measured-rounds.ts';

const HOUR_MS = 3_600_000;

// Each has a server of its own, and waits most of the time: for a start, and for rounds.
test.concurrent('a server killed again and again during ingest loses nothing that it acknowledged, and doubles nothing', async () => {
  await using dir = await createTempDir('delivery');
  let server: ServerProcess = await startServerProcess({ command: 'server', dataDir: dir.path });
  const { url, port } = server;
  try {
    let client = await signIn(url);
    await client.json('POST', '/vantages', { code: 'ct', name: 'Telecom' });
    const targetId = await createTarget(client, 'https://example.org/', 'A', 60);
    const { agentId, key } = await enrolAgent(client, 'ct');
    const make = createRecordMaker({
      agentId,
      vantage: 'ct',
      targetIds: [targetId],
      from: Date.now() - 6 * HOUR_MS,
      intervalS: 1,
    });
    const epoch = Date.now();
    const total = 12_000;
    const perBatch = 300;
    const random = createRandom(7);
    const sender = createBatchSender(url, key);
    const progress = { acknowledged: 0 };
    let repeats = 0;
    const kills = 4;
    const killer = (async () => {
      for (let kill = 1; kill <= kills; kill += 1) {
        // At a moment in which a batch is on its way: a fifth, two fifths … of all are there.
        const mark = (total / (kills + 1)) * kill;
        while (progress.acknowledged < mark) await pause(2);
        await pause(random() * 30);
        await server.process.kill('process');
        server = await startServerProcess({ command: 'server', dataDir: dir.path, port });
      }
    })();
    for (let first = 1; first <= total;) {
      const records = Array.from({ length: perBatch }, (_, index) => make(first + index));
      const batch = await encodeBatch(epoch, records);
      for (let isDone = false; !isDone;) {
        const sent = await sender.send(batch).catch(() => null);
        isDone = sent?.answer?.acknowledged === batch.last;
        if (isDone) {
          expect(sent?.answer?.refusedCount).toBe(0);
          // Some batches are sent again although they were acknowledged: the answer may have been lost on its way.
          if (random() < 0.2) expect((await sender.send(batch).catch(() => null))?.answer?.refusedCount ?? 0).toBe(0);
        } else {
          repeats += 1;
          await pause(Math.max(50, Math.min(sent?.retryAfterMs ?? 0, 1_000)));
        }
      }
      progress.acknowledged = batch.last;
      first = batch.last + 1;
    }
    await killer;
    sender.close();
    expect(repeats, 'a kill met the sender').toBeGreaterThan(0);
    client = await signIn(url);
    const stored = (await exported(client, targetId)).map(sequenceOf);
    expect(stored).toHaveLength(total);
    expect(new Set(stored).size).toBe(total);
    expect(Math.min(...stored)).toBe(1);
    expect(Math.max(...stored)).toBe(total);
  } finally {
    await server.process.kill('tree');
  }
});

test.concurrent('server away, probe killed, torn spool: every round that was measured arrives once', async () => {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await createTempDir('delivery'));
  const site = stack.use(await startSite());
  const serverDir = join(dir.path, 'server');
  const probeDir = join(dir.path, 'probe');
  let server = await startServerProcess({ command: 'server', dataDir: serverDir });
  stack.defer(async () => void (await server.process.kill('tree')));
  const { url, port } = server;
  let client = await signIn(url);
  await client.json('POST', '/vantages', { code: 'ct', name: 'Telecom' });
  const targetIds: string[] = [];
  for (let index = 0; index < 20; index += 1) targetIds.push(await createTarget(client, `${site.url}?${index}`, `T${index}`, 5));
  const { token } = await client.json<EnrolmentToken>('POST', '/agents/enrolment-tokens', { vantage: 'ct' });

  let probe = startWatchpost(['enrol', '--server', url, '--token', token, '--vantage', 'ct', '--data', probeDir, ...UNHURRIED]);
  stack.defer(async () => void (await probe.kill('tree')));
  const all = () => exportedAll(client, targetIds);
  const first = await eventually(all, (results) => results.length >= 20 || probe.child.exitCode !== null, 60_000);
  expect(first.length, probe.stderr()).toBeGreaterThanOrEqual(20);

  // The server goes away, the probe measures on.
  await server.process.kill('process');
  await pause(6_000);
  // The probe is killed while it measures and writes, and the machine leaves half a record at the end of the spool.
  await probe.kill('tree');
  const spoolFiles = (await readdir(probeDir, { recursive: true })).filter((file) => file.endsWith('.seg')).toSorted();
  const newest = spoolFiles.at(-1);
  expect(newest, 'the spool has a segment').toBeDefined();
  await appendFile(join(probeDir, newest ?? ''), Buffer.from([0x40, 0x01, 0x00, 0x00, 0x12, 0x34, 0x56, 0x78, 0x7b, 0x22, 0x73]));
  probe = startWatchpost(['probe', '--data-dir', probeDir, ...UNHURRIED]);
  await pause(6_000);
  expect(probe.child.exitCode, probe.stderr()).toBeNull();
  const backAt = Date.now();
  server = await startServerProcess({ command: 'server', dataDir: serverDir, port });
  client = await signIn(url);

  const goesOn = (seen: readonly StoredResult[]) => seen.filter((each) => each.startedAt > backAt).length >= 40;
  expect(await eventually(all, goesOn, 60_000), probe.stderr()).toSatisfy(goesOn);
  await pauseTargets(client, targetIds);
  // The half record at the end of the spool is the only thing that may be missing, and it must be shown as a gap.
  const results = await eventually(all, (seen) => missing(seen).length <= 1, 60_000);
  // The probe tells of gaps with its status, each 10 s and later after failures: not with the results.
  const shownGaps = async () => {
    const { gaps } = await client.json<SeriesResponse>('GET', `/targets/${targetIds[0]}/series?range=3h`);
    return gaps.map(({ vantage, records, reason }) => ({ vantage, records, reason }));
  };
  const gaps = await eventually(shownGaps, (shown) => shown.length > 0, 60_000);
  expect(gaps).toEqual([{ vantage: 'ct', records: 1, reason: 'spool-torn' }]);
  expect(missing(results)).toHaveLength(1);
  const ids = results.map((result) => result.id);
  expect(new Set(ids).size, 'no result twice').toBe(ids.length);
  const rounds = results.map((result) => `${result.targetId} ${result.roundAt}`);
  expect(new Set(rounds).size, 'no round twice').toBe(rounds.length);
  expect(results.every((result) => result.outcome === 'up')).toBe(true);
  // Both while the server was away: before and after the probe was killed.
  for (const targetId of targetIds) {
    const own = results
      .filter((result) => result.targetId === targetId)
      .map((result) => result.roundAt)
      .toSorted((a, b) => a - b);
    const gaps = own.slice(1).map((roundAt, index) => (roundAt - (own[index] ?? 0)) / 5_000);
    // The kill may cost the one round that was running and one during the start; being away costs none.
    expect(gaps.filter((gap) => gap !== 1).length, `rounds of ${targetId}: ${gaps.join(' ')}`).toBeLessThanOrEqual(1);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(3);
  }
});
