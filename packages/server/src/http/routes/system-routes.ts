import '../request-types.ts';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { viewerOf } from '../../identity/caller.ts';
import type { LiveStreams } from '../../live/live-stream.ts';
import type { TelemetryStore } from '../../telemetry/telemetry-store.ts';

/** Health, figures, the description of the API, and the live stream. */
export function systemRoutes(parts: {
  readonly metrics: Metrics;
  readonly store: TelemetryStore;
  readonly streams: LiveStreams;
  readonly isStopping: () => boolean;
}): FastifyPluginAsyncZod {
  const { metrics, store, streams, isStopping } = parts;
  return async (app) => {
    let description: string | null = null;
    const unlimited = { role: 'public', rateLimit: false } as const;
    app.get('/healthz', { config: unlimited, schema: { hide: true } }, async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send('ok\n'),
    );
    app.get('/readyz', { config: unlimited, schema: { hide: true } }, async (_request, reply) => {
      const isReady = !isStopping() && (await store.isReady().catch(() => false));
      return reply
        .code(isReady ? 200 : 503)
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(isReady ? 'ready\n' : 'not ready\n');
    });
    app.get('/metrics', { config: { role: 'viewer', isOpenLocally: true }, schema: { hide: true } }, async (_request, reply) =>
      reply
        .type(metrics.registry.contentType)
        .header('cache-control', 'no-store')
        .send(await metrics.text()),
    );
    app.get(
      '/api/v1/openapi.json',
      { config: { role: 'public' }, schema: { tags: ['system'], summary: 'This description of the API (OpenAPI 3.1)' } },
      async (_request, reply) =>
        reply.type('application/json; charset=utf-8').send((description ??= JSON.stringify(app.swagger()))),
    );
    app.get(
      '/api/v1/live',
      {
        config: { role: 'viewer' },
        schema: { tags: ['quality'], summary: 'What happens, as server-sent events', produces: ['text/event-stream'] },
      },
      (request, reply) => {
        const viewer = request.caller === null ? '' : viewerOf(request.caller);
        const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        );
        streams.add(reply.raw, Object.fromEntries(headers) as Record<string, string>, viewer);
        reply.hijack();
      },
    );
  };
}
