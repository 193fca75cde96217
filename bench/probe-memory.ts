import type { Target } from '@watchpost/contracts/targets/target';
import type { EnrolmentToken } from '@watchpost/contracts/api/fleet';
import { signIn } from '@watchpost/testkit/api-client';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startServerProcess, startWatchpost } from '@watchpost/testkit/watchpost-process';
import type { Bench } from './bench.ts';
import { startLocalTarget } from './local-target.ts';
import { median, rounded } from './statistics.ts';

const TARGETS = 1_000;
const INTERVAL_S = 10;

/** Memory and processor time of a real agent with 1,000 targets each 10 s, half of them HTTPS, delivering to a real server. */
export const PROBE_MEMORY: Bench = {
  name: 'probe-memory',
  title: 'memory and processor time of a probe with 1,000 targets each 10 s',
  run: async ({ quick, log }) => {
    const seconds = quick ? 20 : 60;
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await createTempDir('probe-memory'));
    const site = stack.use(await startLocalTarget());
    const server = stack.use(await startServerProcess({ command: 'server', dataDir: `${dir.path}/server` }));
    const client = await signIn(server.url);
    await client.json('POST', '/vantages', { code: 'ct', name: 'Telecom' });
    log(`making ${TARGETS} targets`);
    for (let index = 0; index < TARGETS; index += 1) {
      const isTls = index % 2 === 1;
      const url = `${isTls ? 'https' : 'http'}://127.0.0.1:${isTls ? site.httpsPort : site.httpPort}/${index}`;
      const check = { kind: 'http', url, caPem: isTls ? site.caPem : null };
      await client.json<Target>('POST', '/targets', { name: `T${index}`, check, vantages: ['ct'], intervalS: INTERVAL_S });
    }
    const { token } = await client.json<EnrolmentToken>('POST', '/agents/enrolment-tokens', { vantage: 'ct' });
    const probe = stack.use(
      startWatchpost(['enrol', '--server', server.url, '--token', token, '--vantage', 'ct', '--data', `${dir.path}/probe`]),
    );
    const samples: number[] = [];
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    log(`measuring for ${seconds} s, then for ${INTERVAL_S} s more with samples`);
    await pause(seconds * 1000);
    const before = readTreeUsage(probe.pid).cpuUs;
    const start = performance.now();
    while (performance.now() - start < INTERVAL_S * 1000) {
      samples.push(readTreeUsage(probe.pid).rssBytes);
      await pause(250);
    }
    const cpuRatio = (readTreeUsage(probe.pid).cpuUs - before) / ((performance.now() - start) * 1000);
    if (probe.child.exitCode !== null) throw new Error(`the probe ended: ${probe.stderr()}`);
    const [agent] = await client.json<readonly { readonly status: Record<string, number | null> | null }[]>('GET', '/agents');
    return {
      targets: TARGETS,
      intervalS: INTERVAL_S,
      rssMb: rounded(median(samples) / 1e6, 1),
      highestRssMb: rounded(Math.max(...samples) / 1e6, 1),
      cpuRatio: rounded(cpuRatio, 3),
      cpuPerMeasurementUs: rounded((cpuRatio * 1e6) / (TARGETS / INTERVAL_S), 1),
      measured: agent?.status?.['measuredTotal'] ?? 0,
      overloaded: agent?.status?.['overloadedTotal'] ?? 0,
      skipped: agent?.status?.['skippedTotal'] ?? 0,
      uncertaintyP99Us: agent?.status?.['uncertaintyP99Us'] ?? 'not known',
    };
  },
};
