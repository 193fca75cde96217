import type { Bench, Figures } from './bench.ts';
import { startLocalTarget } from './local-target.ts';
import { rounded } from './statistics.ts';
import { startBatchTool } from './tools/batch-tool.ts';
import { startBlackboxTool } from './tools/blackbox-tool.ts';
import { startClientTool } from './tools/client-tool.ts';
import { startCurlTool } from './tools/curl-tool.ts';
import type { StartTool, Tool } from './tools/tool.ts';

const AT_ONCE = 10;
const SIZES = {
  full: { rounds: 5, http: 2_000, https: 1_000, warmUp: 500 },
  quick: { rounds: 2, http: 400, https: 200, warmUp: 200 },
} as const;

const STARTS: readonly StartTool[] = [
  startBatchTool,
  startClientTool('prober'),
  startCurlTool,
  startClientTool('undici'),
  startClientTool('axios'),
];

/**
 * Processor time of one probe, user and system, of the process that probes and all its children: ours as the agent runs
 * it, and others on the same local server in the same run. A fresh name lookup and connection for each probe, ten at once, the tools in
 * turn so that a busy moment of the machine hits all alike.
 */
export const PROBE_CPU: Bench = {
  name: 'probe-cpu',
  title: 'processor time of an HTTP and of an HTTPS probe, against blackbox_exporter, curl, undici and axios',
  run: async ({ quick, log }) => {
    const size = quick ? SIZES.quick : SIZES.full;
    await using stack = new AsyncDisposableStack();
    const target = stack.use(await startLocalTarget());
    const tools: Tool[] = [];
    for (const start of STARTS) tools.push(stack.use(await start(target)));
    const blackbox = await startBlackboxTool(target);
    if (blackbox === null) log('prometheus-blackbox-exporter is not installed: left out');
    else tools.push(stack.use(blackbox));

    const urls = { http: `http://${target.host}:${target.httpPort}/`, https: `https://${target.host}:${target.httpsPort}/` };
    const used = new Map(tools.map((tool) => [tool.name, { http: 0, https: 0 }]));
    for (const tool of tools) for (const url of Object.values(urls)) await tool.probe(url, size.warmUp, AT_ONCE);
    for (let round = 1; round <= size.rounds; round += 1) {
      for (const scheme of ['http', 'https'] as const) {
        for (const tool of tools) {
          const before = tool.cpuUs();
          await tool.probe(urls[scheme], size[scheme], AT_ONCE);
          const sum = used.get(tool.name);
          if (sum !== undefined) sum[scheme] += tool.cpuUs() - before;
        }
      }
      log(`round ${round} of ${size.rounds}`);
    }
    return { host: target.host, ...figuresOf(used, size) };
  },
};

function figuresOf(
  used: ReadonlyMap<string, { http: number; https: number }>,
  size: (typeof SIZES)[keyof typeof SIZES],
): Figures {
  const figures: Record<string, number> = {};
  const own = used.get('watchpost');
  for (const scheme of ['http', 'https'] as const) {
    for (const [name, sums] of used) figures[`${scheme}-${name}-us`] = rounded(sums[scheme] / (size[scheme] * size.rounds), 1);
    for (const [name, sums] of used) {
      if (own !== undefined && name !== 'watchpost')
        figures[`${scheme}-ratio-to-${name}`] = rounded(own[scheme] / sums[scheme], 3);
    }
  }
  return figures;
}
