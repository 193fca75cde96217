import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { FastifyInstance } from 'fastify';
import type { AgentDirectory } from '../agents/agent-directory.ts';
import type { AgentSettings } from '../agents/agent-settings.ts';
import type { TargetStore } from '../catalog/target-store.ts';
import type { LiveStreams } from '../live/live-stream.ts';

/** Routes whose time says nothing: they wait on purpose. */
const WAITING = new Set(['/api/v1/live', '/api/v1/agents/self/config']);

/** Time and number of requests by route (its pattern, so that the labels are bounded) and class of status. */
export function countRequests(app: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram('http_request_seconds', 'Time to answer a request', ['method', 'route', 'status']);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    if (WAITING.has(route)) return;
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    seconds.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
  });
}

/** Figures that are read when somebody asks for them. */
export function watchFigures(
  metrics: Metrics,
  parts: {
    readonly agents: AgentDirectory;
    readonly streams: LiveStreams;
    readonly targets: TargetStore;
    readonly settings: AgentSettings;
  },
): void {
  const agents = metrics.gauge('agents', 'Enrolled agents by state', ['state']);
  const viewers = metrics.gauge('live_viewers', 'Browsers that watch the live stream');
  const targets = metrics.gauge('targets', 'Targets');
  const waiting = metrics.gauge('agents_waiting', 'Questions of agents for new settings that wait');
  // prom-client calls `collect` of a metric when it is read; its types show this for the constructor only.
  Object.assign(agents, {
    collect: () => {
      for (const [state, count] of Object.entries(parts.agents.counts())) agents.set({ state }, count);
    },
  });
  Object.assign(viewers, { collect: () => viewers.set(parts.streams.count()) });
  Object.assign(waiting, { collect: () => waiting.set(parts.settings.waiting()) });
  Object.assign(targets, { collect: () => targets.set(parts.targets.list().length) });
}
