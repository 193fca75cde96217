/** The process of `chain-senders.ts`. */
import { setTimeout as wait } from 'node:timers/promises';
import { FIRST_PREVIOUS_HASH, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import { createBatchSender, encodeBatch, type EncodedBatch } from '@watchpost/testkit/batch-sender';
import { makeChain } from '@watchpost/testkit/command-chain';
import type { SendersOrder, SendersReport, SendersTurn } from './chain-senders.ts';
import { typedCommand } from './typed-commands.ts';

const SLICE_MS = 5_000;

type Lane = { readonly key: string; readonly batches: readonly EncodedBatch[]; next: number };

async function makeLane(order: SendersOrder, index: number): Promise<Lane> {
  const { hosts, batchesOfHost, recordsOfBatch } = order;
  const { hostId, key } = hosts[index] ?? { hostId: '', key: '' };
  const epoch = Date.now();
  const batches: EncodedBatch[] = [];
  let before = FIRST_PREVIOUS_HASH;
  for (let batch = 0; batch < batchesOfHost; batch += 1) {
    const first = batch * recordsOfBatch + 1;
    const given = Array.from({ length: recordsOfBatch }, (_, at): Partial<UnchainedCommand> => typedCommand(index, first + at));
    const records = makeChain({ hostId, epoch, from: first, before }, given);
    before = records.at(-1)?.hash ?? before;
    batches.push(await encodeBatch(epoch, records));
  }
  return { key, batches, next: 0 };
}

/** Each host sends one batch after the other, as its uplink does, until the time or its batches are over. */
async function send(serverUrl: string, lanes: readonly Lane[], turn: SendersTurn): Promise<SendersReport> {
  const cpuBefore = process.cpuUsage();
  const sendMs: number[] = [];
  const slices: number[] = [];
  let [records, pushedBack] = [0, 0];
  const begin = performance.now();
  const end = begin + turn.seconds * 1_000;
  await Promise.all(
    lanes.map(async (lane, index) => {
      const sender = createBatchSender(serverUrl, lane.key, '/api/v1/agents/self/commands');
      const recordsOfBatch = (lane.batches[0]?.last ?? 0) - (lane.batches[0]?.first ?? 1) + 1;
      const everyMs = turn.recordsPerS === null ? 0 : (lanes.length * recordsOfBatch * 1_000) / turn.recordsPerS;
      let dueAt = begin + (everyMs * index) / lanes.length;
      while (performance.now() < end) {
        const batch = lane.batches[lane.next];
        if (batch === undefined) break;
        const early = dueAt - performance.now();
        if (early > 0) await wait(early);
        dueAt += everyMs;
        const start = performance.now();
        const { status, answer, retryAfterMs, text } = await sender.send(batch);
        if (answer === null) {
          if (status !== 429 && status !== 503) throw new Error(`the server answered ${status} ${text}`);
          pushedBack += 1;
          await wait(retryAfterMs || 100);
          continue;
        }
        if (answer.refusedCount > 0) throw new Error(`refused: ${JSON.stringify(answer.refused[0])}`);
        lane.next += 1;
        records += recordsOfBatch;
        sendMs.push(performance.now() - start);
        const slice = Math.floor((performance.now() - begin) / SLICE_MS);
        while (slices.length <= slice) slices.push(0);
        slices[slice] = (slices[slice] ?? 0) + recordsOfBatch;
      }
      sender.close();
    }),
  );
  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const whole = slices.slice(0, Math.max(1, Math.floor((seconds * 1_000) / SLICE_MS)));
  const perS = whole.map((sum) => sum / Math.min(seconds, SLICE_MS / 1_000));
  return { records, seconds, pushedBack, sendMs, slowestPerS: Math.min(...perS), cpuUs: user + system };
}

process.once('message', (order: SendersOrder) => {
  const failed = (error: unknown) => process.send?.({ failure: error instanceof Error ? error.message : String(error) });
  void Promise.all(order.hosts.map((_, index) => makeLane(order, index))).then((lanes) => {
    process.on('message', (turn: SendersTurn) => {
      send(order.serverUrl, lanes, turn).then((report) => process.send?.(report), failed);
    });
    const bytes = lanes.flatMap(({ batches }) => batches.map(({ body }) => body.length)).reduce((sum, each) => sum + each, 0);
    process.send?.({ bytes });
  }, failed);
});
process.send?.('ready');
