import type { Host, HostDetail } from '@watchpost/contracts/api/audit';
import { type ApiClient, signIn } from '@watchpost/testkit/api-client';
import { enrolHost } from '@watchpost/testkit/command-sender';
import { readResident, readTreeUsage } from '@watchpost/testkit/process-tree';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { runWatchpost, startServerProcess } from '@watchpost/testkit/watchpost-process';
import { measureLimits } from './audit-ingest-limits.ts';
import type { Bench, Figures } from './bench.ts';
import { type SendersTurn, startChainSenders } from './chain-senders.ts';
import type { SimulatedHost } from './command-hosts.ts';
import { quantile, rounded } from './statistics.ts';

const SIZES = {
  full: { hosts: 100, batches: 50, records: 500, pacedS: 30, fastestS: 40 },
  quick: { hosts: 100, batches: 8, records: 500, pacedS: 4, fastestS: 8 },
} as const;
/** Records a second of the run whose memory and latency are held against the aim: a little more than is asked for. */
const PACED_PER_S = 31_000;
/** Hosts whose proof is made and verified in the end. */
const PROVEN = 2;

/**
 * Commands per second through the HTTP endpoint of a real server on its embedded store, durable and chain-verified: at a little more than
 * the rate that is asked for, then as fast as it goes. 100 hosts, whose chains are made beforehand, send from one process of
 * their own on the same processors. Then the rows are counted in the store and the proof of some hosts is verified. A record is a START or
 * an END.
 */
export const AUDIT_INGEST: Bench = {
  name: 'audit-ingest',
  title: 'commands per second through the HTTP endpoint, durable and chain-verified, beside the bare insert and the bare hash',
  run: async ({ quick, log }) => {
    const size = quick ? SIZES.quick : SIZES.full;
    const limits = await measureLimits(quick ? 20_000 : 400_000);
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await createTempDir('audit-ingest'));
    const server = stack.use(await startServerProcess({ command: 'server', dataDir: dir.path }));
    const client = await signIn(server.url);
    const hosts: SimulatedHost[] = [];
    for (let index = 0; index < size.hosts; index += 1) {
      const { agentId, key } = await enrolHost(client, `host-${index}`, `127.0.1.${index + 1}`);
      hosts.push({ hostId: agentId, key });
    }
    log(`making ${size.hosts * size.batches} batches of ${size.records} records`);
    const made = { hosts, batchesOfHost: size.batches, recordsOfBatch: size.records };
    const senders = stack.use(await startChainSenders({ serverUrl: server.url, ...made }));

    const { pid } = server.process;
    const turn = async (name: string, order: SendersTurn): Promise<{ readonly records: number; readonly figures: Figures }> => {
      log(
        order.recordsPerS === null
          ? `sending, as fast as it goes`
          : `sending ${order.recordsPerS} records/s for ${order.seconds} s`,
      );
      const memory = watchMemory(pid);
      const before = cpuOf(pid);
      const report = await senders.send(order);
      const after = cpuOf(pid);
      const highest = memory.stop();
      const { records, seconds, sendMs } = report;
      const cores = (us: number): number => rounded(us / (seconds * 1e6), 2);
      const figures = {
        RecordsPerS: rounded(records / seconds),
        Slowest5sPerS: rounded(report.slowestPerS),
        CommandsPerS: rounded(records / 2 / seconds),
        Seconds: rounded(seconds, 1),
        BatchP50Ms: rounded(quantile(sendMs, 0.5), 1),
        BatchP99Ms: rounded(quantile(sendMs, 0.99), 1),
        PushedBack: report.pushedBack,
        ServerCores: cores(after.serverUs - before.serverUs),
        EngineCores: cores(after.engineUs - before.engineUs),
        SenderCores: cores(report.cpuUs),
        ServerUsPerRecord: rounded((after.serverUs - before.serverUs) / records, 1),
        EngineUsPerRecord: rounded((after.engineUs - before.engineUs) / records, 1),
        ServerRssMb: rounded(highest.serverRss / 1e6),
        ServerPssMb: rounded(highest.serverPss / 1e6),
        EngineRssMb: rounded(highest.engineRss / 1e6),
        EnginePssMb: rounded(highest.enginePss / 1e6),
      };
      log(`${records} records in ${figures.Seconds} s`);
      return { records, figures: Object.fromEntries(Object.entries(figures).map(([key, value]) => [`${name}${key}`, value])) };
    };
    const paced = await turn('paced', { seconds: size.pacedS, recordsPerS: PACED_PER_S });
    const fastest = await turn('fastest', { seconds: size.fastestS, recordsPerS: null });

    log('counting what is stored, and proving it');
    const stored = await countStored(client, hosts, paced.records + fastest.records);
    const proven = await prove(client, server.url, hosts.slice(0, PROVEN));
    return {
      hosts: size.hosts,
      recordsOfBatch: size.records,
      wireBytesPerRecord: rounded(senders.wireBytes / (size.hosts * size.batches * size.records), 1),
      ...paced.figures,
      ...fastest.figures,
      ...limits,
      stored,
      proven,
    };
  },
};

/** All chains must be whole, and as many rows stored as were acknowledged. */
async function countStored(client: ApiClient, own: readonly SimulatedHost[], expected: number): Promise<number> {
  const hosts = await client.json<readonly Host[]>('GET', '/hosts');
  const broken = hosts.filter(({ chain, stored }) => stored > 0 && chain !== 'whole');
  if (broken.length > 0) throw new Error(`${broken.length} chains are ${broken[0]?.chain}`);
  let present = 0;
  for (const { hostId } of own) present += (await client.json<HostDetail>('GET', `/hosts/${hostId}`)).budget.present;
  if (present !== expected) throw new Error(`${expected} records were acknowledged, ${present} are stored`);
  return present;
}

async function prove(client: ApiClient, url: string, hosts: readonly SimulatedHost[]): Promise<number> {
  const { key } = await client.json<{ readonly key: string }>('POST', '/api-keys', { name: 'bench', role: 'administrator' });
  let records = 0;
  for (const { hostId } of hosts) {
    const env = { WATCHPOST_API_KEY: key };
    const { code, stdout, stderr } = await runWatchpost(['verify', '--server', url, '--host', hostId, '--json'], { env });
    if (code !== 0) throw new Error(`not proven: ${stdout} ${stderr}`);
    records += (JSON.parse(stdout) as { readonly records: number }).records;
  }
  return records;
}

function cpuOf(pid: number): { readonly serverUs: number; readonly engineUs: number } {
  const tree = readTreeUsage(pid);
  const engineUs = tree.pids.slice(1).reduce((sum, each) => sum + readTreeUsage(each).cpuUs, 0);
  return { serverUs: tree.cpuUs - engineUs, engineUs };
}

/** Resident memory of server and engine, each half a second, from `smaps_rollup`: PSS counts what is shared by its part. */
function watchMemory(pid: number) {
  const highest = { serverRss: 0, serverPss: 0, engineRss: 0, enginePss: 0 };
  const timer = setInterval(() => {
    const [own, ...engine] = readTreeUsage(pid).pids.map(readResident);
    const sum = (key: 'rssBytes' | 'pssBytes') => engine.reduce((bytes, each) => bytes + each[key], 0);
    highest.serverRss = Math.max(highest.serverRss, own?.rssBytes ?? 0);
    highest.serverPss = Math.max(highest.serverPss, own?.pssBytes ?? 0);
    highest.engineRss = Math.max(highest.engineRss, sum('rssBytes'));
    highest.enginePss = Math.max(highest.enginePss, sum('pssBytes'));
  }, 500);
  return {
    stop: () => {
      clearInterval(timer);
      return highest;
    },
  };
}
