import type { Target } from '@watchpost/contracts/targets/target';
import { signIn } from '@watchpost/testkit/api-client';
import { createBatchSender, type EncodedBatch, encodeBatch, enrolAgent } from '@watchpost/testkit/batch-sender';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { createRecordMaker } from '@watchpost/testkit/result-records';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import type { Bench, Figures } from './bench.ts';
import { quantile, rounded } from './statistics.ts';

const SIZES = {
  full: { agents: 4, targets: 75, batches: 300, records: 1_000, atOnce: 2 },
  quick: { agents: 4, targets: 25, batches: 40, records: 500, atOnce: 2 },
} as const;
/** Batches are made and compressed beforehand, so that the sender does not take the processor from the server. */
type Sender = { readonly key: string; readonly batches: readonly EncodedBatch[] };

/**
 * Results per second through the HTTP endpoint of a real server with durable writes, in batches as agents send them,
 * until every batch is acknowledged; then the stored rows are counted. Memory is that of the server and its engine.
 */
export const INGEST: Bench = {
  name: 'ingest',
  title: 'results per second through the HTTP endpoint with durable writes, and the memory of the server',
  run: async ({ quick, log }) => {
    const size = quick ? SIZES.quick : SIZES.full;
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await createTempDir('ingest'));
    const server = stack.use(await startServerProcess({ command: 'server', dataDir: dir.path }));
    const client = await signIn(server.url);
    const targetIds: string[] = [];
    const vantages = Array.from({ length: size.agents }, (_, index) => `v${index}`);
    for (const code of vantages) await client.json('POST', '/vantages', { code, name: code });
    for (let index = 0; index < size.targets; index += 1) {
      const check = { kind: 'http', url: `https://www${index}.example.org/` };
      targetIds.push((await client.json<Target>('POST', '/targets', { name: `T${index}`, check, vantages, intervalS: 60 })).id);
    }
    const total = size.agents * size.batches * size.records;
    log(`making ${total} results in ${size.agents * size.batches} batches of ${size.records}`);
    const senders: Sender[] = [];
    for (const vantage of vantages) {
      const { agentId, key } = await enrolAgent(client, vantage);
      const from = Date.now() - 10 * 86_400_000;
      const make = createRecordMaker({ agentId, vantage, targetIds, from, intervalS: 60, seed: senders.length + 1 });
      const epoch = Date.now();
      const batches: EncodedBatch[] = [];
      for (let batch = 0; batch < size.batches; batch += 1) {
        const first = batch * size.records + 1;
        batches.push(
          await encodeBatch(
            epoch,
            Array.from({ length: size.records }, (_, index) => make(first + index)),
          ),
        );
      }
      senders.push({ key, batches });
    }
    const bytes = senders.flatMap((sender) => sender.batches).reduce((sum, batch) => sum + batch.body.length, 0);
    let highestBytes = 0;
    const timer = setInterval(() => (highestBytes = Math.max(highestBytes, readTreeUsage(server.process.pid).rssBytes)), 250);
    const before = readTreeUsage(server.process.pid);
    const start = performance.now();
    const runs = await Promise.all(senders.map((sender) => sendAll(server.url, sender, size.atOnce)));
    const seconds = (performance.now() - start) / 1000;
    clearInterval(timer);
    const cpuUs = readTreeUsage(server.process.pid).cpuUs - before.cpuUs;
    log(`${total} results in ${rounded(seconds, 1)} s; counting what is stored`);
    const stored = await countStored(client, targetIds);
    if (stored !== total) throw new Error(`${total} results were acknowledged, ${stored} are stored`);
    const latencies = runs.flatMap((run) => run.latencies);
    const figures: Figures = {
      resultsPerS: rounded(total / seconds),
      results: total,
      stored,
      batchP50Ms: rounded(quantile(latencies, 0.5), 1),
      batchP99Ms: rounded(quantile(latencies, 0.99), 1),
      pushedBack: runs.reduce((sum, run) => sum + run.pushedBack, 0),
      wireBytesPerResult: rounded(bytes / total, 1),
      cpuPerResultUs: rounded(cpuUs / total, 1),
      highestRssMb: rounded(highestBytes / 1e6),
    };
    return figures;
  },
};

async function sendAll(url: string, { key, batches }: Sender, atOnce: number) {
  const sender = createBatchSender(url, key);
  const latencies: number[] = [];
  let pushedBack = 0;
  let next = 0;
  const worker = async () => {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
      for (;;) {
        const start = performance.now();
        const { status, answer, retryAfterMs, text } = await sender.send(batch);
        if (answer !== null) {
          latencies.push(performance.now() - start);
          if (answer.refusedCount > 0) throw new Error(`refused: ${JSON.stringify(answer.refused[0])}`);
          break;
        }
        if (status !== 429 && status !== 503) throw new Error(`the server answered ${status} ${text}`);
        pushedBack += 1;
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs || 100));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  sender.close();
  return { latencies, pushedBack };
}

/** Counts the lines of the exports. */
async function countStored(client: Awaited<ReturnType<typeof signIn>>, targetIds: readonly string[]): Promise<number> {
  let lines = 0;
  const range = `from=${Date.now() - 20 * 86_400_000}&to=${Date.now() + 86_400_000}`;
  for (const id of targetIds) {
    const answer = await client.request('GET', `/targets/${id}/results.csv?${range}`);
    if (!answer.ok || answer.body === null) throw new Error(`export: ${answer.status}`);
    let own = 0;
    for await (const chunk of answer.body) for (const byte of chunk) if (byte === 10) own += 1;
    lines += own - 1;
  }
  return lines;
}
