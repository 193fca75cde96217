import type { Target } from '@watchpost/contracts/targets/target';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { createBatchSender, type EncodedBatch, encodeBatch, enrolAgent } from '@watchpost/testkit/batch-sender';
import { readResident, readTreeUsage } from '@watchpost/testkit/process-tree';
import { createRecordMaker } from '@watchpost/testkit/result-records';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess } from '@watchpost/testkit/watchpost-process';
import type { Bench, Figures } from './bench.ts';
import { quantile, rounded } from './statistics.ts';

const SIZES = {
  full: { agents: 4, targets: 75, batches: 400, records: 1_000, atOnce: 2, seconds: 60 },
  quick: { agents: 4, targets: 25, batches: 40, records: 500, atOnce: 2, seconds: 3 },
} as const;
/** Results a second of the run whose memory is held against the aim: a little more than the rate that is asked for. */
const PACED_PER_S = 21_000;
/** Of so many targets one is counted in the end. */
const COUNT_EACH = 5;
const SLICE_MS = 5_000;
/** From the last batch until the memory at the end is read. */
const REST_MS = 5_000;

/** Batches are made and compressed beforehand, so that the sender does not take the processor from the server. */
type Sender = { readonly key: string; readonly batches: readonly EncodedBatch[] };
type Run = {
  readonly url: string;
  readonly atOnce: number;
  readonly seconds: number;
  /** Number of the first epoch: runs make other records of the same batches. */
  readonly pass: number;
  /** Least time between two batches of one agent, ms; 0: as fast as they are taken. */
  readonly everyMs: number;
  readonly onSent: (batch: EncodedBatch, tookMs: number) => void;
  readonly onPushedBack: () => void;
};

/**
 * Results per second through the HTTP endpoint of a real server with durable writes, in batches as agents send them, for a
 * minute at the rate that is asked for and for a minute as fast as it goes; then the stored rows are counted. Memory is that of
 * the server and its engine.
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
    log(`making ${size.agents * size.batches} batches of ${size.records} results`);
    const senders = await makeSenders(client, vantages, targetIds, size);
    const wire = senders.flatMap(({ batches }) => batches.map(({ body }) => body.length)).reduce((sum, bytes) => sum + bytes, 0);

    const { pid } = server.process;
    const resultsOf = new Map<string, number>();
    const load = async (perS: number | null): Promise<Load> => {
      log(perS === null ? `sending for ${size.seconds} s, as fast as it goes` : `sending for ${size.seconds} s, ${perS}/s`);
      const memory = watchMemory(pid);
      const latencies: number[] = [];
      const slices: number[] = [];
      let [results, pushedBack] = [0, 0];
      const cpuBefore = readTreeUsage(pid).cpuUs;
      const start = performance.now();
      const onSent = ({ first, last }: EncodedBatch, tookMs: number) => {
        latencies.push(tookMs);
        results += last - first + 1;
        const slice = Math.floor((performance.now() - start) / SLICE_MS);
        while (slices.length <= slice) slices.push(0);
        slices[slice] = (slices[slice] ?? 0) + last - first + 1;
        for (let sequence = first; sequence <= last; sequence += 1) {
          const id = targetIds[(sequence - 1) % targetIds.length] ?? '';
          resultsOf.set(id, (resultsOf.get(id) ?? 0) + 1);
        }
      };
      const run: Run = {
        url: server.url,
        atOnce: size.atOnce,
        seconds: size.seconds,
        pass: perS === null ? 1_000 : 0,
        everyMs: perS === null ? 0 : (size.agents * size.records * 1_000) / perS,
        onSent,
        onPushedBack: () => (pushedBack += 1),
      };
      await Promise.all(senders.map((sender) => sendAll(sender, run)));
      const seconds = (performance.now() - start) / 1_000;
      const cpuUs = readTreeUsage(pid).cpuUs - cpuBefore;
      log(`${results} results in ${rounded(seconds, 1)} s`);
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      return { results, seconds, cpuUs, pushedBack, latencies, slices, highest: memory.stop(), end: readTreeUsage(pid) };
    };
    const paced = await load(PACED_PER_S);
    const fastest = await load(null);

    log('counting what is stored');
    const counted = targetIds.filter((_, index) => index % COUNT_EACH === 0);
    const stored = await countStored(client, counted);
    const expected = counted.reduce((sum, id) => sum + (resultsOf.get(id) ?? 0), 0);
    if (stored !== expected) throw new Error(`of ${counted.length} targets ${expected} were acknowledged, ${stored} are stored`);
    return {
      ...figuresOf('paced', paced),
      ...figuresOf('fastest', fastest),
      countedAgain: stored,
      wireBytesPerResult: rounded(wire / (size.agents * size.batches * size.records), 1),
    };
  },
};

type Load = {
  readonly results: number;
  readonly seconds: number;
  readonly cpuUs: number;
  readonly pushedBack: number;
  readonly latencies: readonly number[];
  readonly slices: readonly number[];
  readonly highest: Memory & { readonly pssBytes: number };
  readonly end: Memory;
};
type Memory = { readonly rssBytes: number; readonly ownRssBytes: number; readonly anonymousBytes: number };

function figuresOf(name: string, load: Load): Figures {
  const { results, seconds, highest, end } = load;
  const whole = load.slices.slice(0, Math.max(1, Math.floor((seconds * 1_000) / SLICE_MS))).map((sum) => sum / (SLICE_MS / 1e3));
  const mb = (bytes: number): number => rounded(bytes / 1e6);
  const figures = {
    ResultsPerS: rounded(results / seconds),
    Slowest5sPerS: rounded(Math.min(...whole)),
    Seconds: rounded(seconds, 1),
    Results: results,
    BatchP50Ms: rounded(quantile(load.latencies, 0.5), 1),
    BatchP99Ms: rounded(quantile(load.latencies, 0.99), 1),
    PushedBack: load.pushedBack,
    CpuPerResultUs: rounded(load.cpuUs / results, 1),
    HighestRssMb: mb(highest.rssBytes),
    HighestPssMb: mb(highest.pssBytes),
    HighestServerRssMb: mb(highest.ownRssBytes),
    HighestAnonymousMb: mb(highest.anonymousBytes),
    EndRssMb: mb(end.rssBytes),
    EndServerRssMb: mb(end.ownRssBytes),
    EndAnonymousMb: mb(end.anonymousBytes),
  };
  return Object.fromEntries(Object.entries(figures).map(([figure, value]) => [`${name}${figure}`, value]));
}

async function makeSenders(
  client: ApiClient,
  vantages: readonly string[],
  targetIds: readonly string[],
  size: { readonly batches: number; readonly records: number },
): Promise<readonly Sender[]> {
  const senders: Sender[] = [];
  for (const vantage of vantages) {
    const { agentId, key } = await enrolAgent(client, vantage);
    const from = Date.now() - 10 * 86_400_000;
    const make = createRecordMaker({ agentId, vantage, targetIds, from, intervalS: 60, seed: senders.length + 1 });
    const epoch = Date.now();
    const batches: EncodedBatch[] = [];
    for (let batch = 0; batch < size.batches; batch += 1) {
      const first = batch * size.records + 1;
      const records = Array.from({ length: size.records }, (_, index) => make(first + index));
      batches.push(await encodeBatch(epoch, records));
    }
    senders.push({ key, batches });
  }
  return senders;
}

/** Looks at the memory of a process and what it started, each quarter of a second. */
function watchMemory(pid: number) {
  const highest = { rssBytes: 0, ownRssBytes: 0, anonymousBytes: 0, pssBytes: 0 };
  const timer = setInterval(() => {
    const now = readTreeUsage(pid);
    for (const key of ['rssBytes', 'ownRssBytes', 'anonymousBytes'] as const) highest[key] = Math.max(highest[key], now[key]);
    const pssBytes = now.pids.reduce((sum, each) => sum + readResident(each).pssBytes, 0);
    highest.pssBytes = Math.max(highest.pssBytes, pssBytes);
  }, 250);
  return {
    stop: () => {
      clearInterval(timer);
      return highest;
    },
  };
}

/** Sends the batches until the time is over: after the last one all again, as those of a next epoch, which makes other records of them. */
async function sendAll({ key, batches }: Sender, run: Run): Promise<void> {
  const sender = createBatchSender(run.url, key);
  const end = performance.now() + run.seconds * 1_000;
  const send = async (batch: EncodedBatch): Promise<void> => {
    for (;;) {
      const start = performance.now();
      const { status, answer, retryAfterMs, text } = await sender.send(batch);
      if (answer !== null) {
        if (answer.refusedCount > 0) throw new Error(`refused: ${JSON.stringify(answer.refused[0])}`);
        run.onSent(batch, performance.now() - start);
        return;
      }
      if (status !== 429 && status !== 503) throw new Error(`the server answered ${status} ${text}`);
      run.onPushedBack();
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs || 100));
    }
  };
  const start = performance.now();
  let next = 0;
  const worker = async () => {
    while (performance.now() < end) {
      const pass = run.pass + Math.floor(next / batches.length);
      const dueMs = start + next * run.everyMs - performance.now();
      const batch = batches[next++ % batches.length];
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      if (batch !== undefined) await send({ ...batch, epoch: batch.epoch + pass });
    }
  };
  await Promise.all(Array.from({ length: run.atOnce }, worker));
  sender.close();
}

/** Counts the lines of the exports. */
async function countStored(client: ApiClient, targetIds: readonly string[]): Promise<number> {
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
