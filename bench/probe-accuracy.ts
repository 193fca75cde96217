import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import type { Result } from '@watchpost/contracts/results/result';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startTimedServer, type TimedServer } from '@watchpost/testkit/timed-server';
import { formatTimingPlan } from '@watchpost/testkit/timing-plan';
import { WATCHPOST_BIN } from '@watchpost/testkit/watchpost-process';
import type { Bench, Figures } from './bench.ts';
import { NAMESERVER } from './local-target.ts';
import { quantile, rounded } from './statistics.ts';
import { type MeasuredTimes, type TimingErrors, timingErrors } from './timing-errors.ts';
import { type BlackboxTool, startBlackboxTool } from './tools/blackbox-tool.ts';
import { canUseResolverNamespace, inResolverNamespace } from './tools/resolver-namespace.ts';

const CONDITIONS = [
  { name: 'rate1', rate: 1, isHogged: false },
  { name: 'rate50', rate: 50, isHogged: false },
  { name: 'rate200', rate: 200, isHogged: false },
  { name: 'rate50-hogs', rate: 50, isHogged: true },
] as const;
const SECONDS = { full: 30, quick: 5 } as const;
const WARM_UP = 100;
const PHASES = ['dns', 'connect', 'tls', 'firstByte', 'body', 'total'] as const;

/** One measurement: the plan's id, what was measured, and the bound the tool gives for its error (null: none). */
type Sample = { readonly id: number; readonly times: MeasuredTimes; readonly uncertaintyUs: number | null };
/** Measures so many plans, beginning with id `first`, at a rate. */
type Measure = (first: number, count: number, rate: number) => Promise<readonly Sample[]>;

/**
 * Error of each phase against a server that says when it sent what, at several rates, with and without others that take
 * the processor; ours through the scheduler and worker of the agent, and blackbox_exporter in the same run.
 */
export const PROBE_ACCURACY: Bench = {
  name: 'probe-accuracy',
  title: 'timing error of each phase against chosen delays, and the share within uncertaintyUs, against blackbox_exporter',
  run: async ({ quick, log }) => {
    const seconds = quick ? SECONDS.quick : SECONDS.full;
    await using stack = new AsyncDisposableStack();
    const hasNames = await canUseResolverNamespace();
    const server = stack.use(await startTimedServer(hasNames ? { dnsHost: NAMESERVER, dnsPort: 53 } : {}));
    const dir = stack.use(await createTempDir('accuracy'));
    const own = stack.use(startOwn(server));
    const tools: [string, Measure][] = [['watchpost', own.measure]];
    const wrap = async (command: readonly string[]): Promise<readonly [string, ...string[]]> => {
      const [file = '', ...args] = await inResolverNamespace(command, NAMESERVER, dir.path);
      return [file, ...args];
    };
    const blackbox = hasNames ? await startBlackboxTool({ caFile: server.caFile, wrap }) : null;
    if (blackbox === null) log('no blackbox_exporter here, or no right to give it a resolver: left out');
    else tools.push(['blackbox', blackboxMeasure(stack.use(blackbox), server)]);

    const figures: Record<string, number | string> = {};
    let nextId = 1;
    for (const [, measure] of tools) {
      await measure(nextId, WARM_UP, 50);
      nextId += WARM_UP;
    }
    await server.takeEvents();
    for (const { name, rate, isHogged } of CONDITIONS) {
      const hogs = isHogged ? startHogs() : [];
      try {
        const count = Math.max(10, rate * seconds);
        for (const [tool, measure] of tools) {
          const samples = await measure(nextId, count, rate);
          nextId += count;
          Object.assign(figures, describe(`${name}-${tool}`, samples, await server.takeEvents()));
          log(`${name} ${tool}: ${samples.length} measurements`);
        }
      } finally {
        for (const hog of hogs) hog.kill('SIGKILL');
      }
    }
    return figures;
  },
};

function describe(prefix: string, samples: readonly Sample[], seen: Awaited<ReturnType<TimedServer['takeEvents']>>): Figures {
  const compared = samples
    .map((sample) => ({ sample, errors: timingErrors(sample.times, seen.get(sample.id)) }))
    .filter((each): each is { sample: Sample; errors: TimingErrors } => each.errors !== null);
  const figures: Record<string, number> = { [`${prefix}-compared`]: compared.length };
  for (const phase of PHASES) {
    const errors = compared.map(({ errors: all }) => all[phase]).filter((error) => error !== null);
    for (const q of [0.5, 0.95, 0.99]) figures[`${prefix}-${phase}-p${q * 100}Us`] = rounded(quantile(errors.map(Math.abs), q));
  }
  const bounded = compared.filter(({ sample }) => sample.uncertaintyUs !== null);
  if (bounded.length > 0) {
    const isWithin = ({ sample, errors }: (typeof bounded)[number]) =>
      PHASES.every((phase) => Math.abs(errors[phase] ?? 0) <= (sample.uncertaintyUs ?? 0));
    figures[`${prefix}-withinBoundRatio`] = rounded(bounded.filter(isWithin).length / bounded.length, 5);
    for (const phase of PHASES) {
      const within = bounded.filter(({ sample, errors }) => Math.abs(errors[phase] ?? 0) <= (sample.uncertaintyUs ?? 0));
      figures[`${prefix}-${phase}-withinBoundRatio`] = rounded(within.length / bounded.length, 5);
    }
    const bounds = bounded.map(({ sample }) => sample.uncertaintyUs ?? 0);
    for (const q of [0.5, 0.99]) figures[`${prefix}-bound-p${q * 100}Us`] = rounded(quantile(bounds, q));
  }
  return figures;
}

/** The address of a plan: half HTTPS, delays that vary. */
function addressOf(id: number, server: TimedServer): string {
  const pick = (values: readonly number[], step: number) => values[Math.floor(id / step) % values.length] ?? 0;
  const isTls = id % 2 === 1;
  const plan = {
    id,
    dnsMs: pick([5, 20], 2),
    tlsMs: isTls ? pick([0, 10], 4) : 0,
    waitMs: pick([0, 20, 50], 8),
    bodyMs: pick([0, 15, 30], 24),
  };
  return `${isTls ? 'https' : 'http'}://${formatTimingPlan(plan)}:${isTls ? server.httpsPort : server.httpPort}/`;
}

/** Starts one thing each 1/rate s, without catching up in bursts, and waits for all. */
async function paced<T>(count: number, rate: number, start: (index: number) => Promise<T>): Promise<readonly T[]> {
  const begin = performance.now();
  const running: Promise<T>[] = [];
  for (let index = 0; index < count; index += 1) {
    const waitMs = begin + (index * 1000) / rate - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    running.push(start(index));
  }
  return Promise.all(running);
}

function startOwn(server: TimedServer): AsyncDisposable & { readonly measure: Measure } {
  const child = spawn(process.execPath, [WATCHPOST_BIN, 'probe', 'batch', '--concurrency', '256', '--overload-ms', '10000'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = new Map<string, (result: Result) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const result = JSON.parse(line) as Result;
    waiting.get(result.targetId)?.(result);
    waiting.delete(result.targetId);
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('watchpost probe batch ended')));
  ended.catch(() => {});
  const one = (id: number) => {
    const url = addressOf(id, server);
    const check = {
      kind: 'http',
      url,
      resolver: server.resolver,
      caPem: url.startsWith('https') ? server.caPem : null,
      ipFamily: '4',
    };
    child.stdin.write(`${JSON.stringify({ id: String(id), check })}\n`);
    return Promise.race([new Promise<Result>((resolve) => waiting.set(String(id), resolve)), ended]);
  };
  return {
    measure: async (first, count, rate) => {
      const results = await paced(count, rate, async (index) => ({ id: first + index, result: await one(first + index) }));
      return results.flatMap(({ id, result }) => {
        const { outcome, nameLookupUs, connectUs, startTransferUs, errorText } = result;
        if (outcome !== 'up' || nameLookupUs === null || connectUs === null || startTransferUs === null) {
          throw new Error(`watchpost measured ${outcome}: ${errorText}`);
        }
        return [{ id, times: { ...result, nameLookupUs, connectUs, startTransferUs }, uncertaintyUs: result.uncertaintyUs }];
      });
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
}

const blackboxMeasure =
  (blackbox: BlackboxTool, server: TimedServer): Measure =>
  async (first, count, rate) => {
    const texts = await paced(count, rate, async (index) => ({
      id: first + index,
      text: await blackbox.metrics(addressOf(first + index, server)),
    }));
    return texts.map(({ id, text }) => {
      if (!text.includes('\nprobe_success 1')) throw new Error(`blackbox_exporter failed: ${text.slice(-300)}`);
      const phase = (name: string) =>
        Number(new RegExp(`^probe_http_duration_seconds\\{phase="${name}"\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0) * 1e6;
      const nameLookupUs = phase('resolve');
      const connectUs = nameLookupUs + phase('connect');
      const appConnectUs = connectUs + phase('tls');
      const startTransferUs = appConnectUs + phase('processing');
      const totalUs = startTransferUs + phase('transfer');
      const isTls = id % 2 === 1;
      return {
        id,
        times: { nameLookupUs, connectUs, appConnectUs: isTls ? appConnectUs : null, startTransferUs, totalUs },
        uncertaintyUs: null,
      };
    });
  };

/** Takes every processor, from outside. */
function startHogs(): readonly ChildProcess[] {
  return cpus().map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
}
