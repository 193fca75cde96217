import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';

/** `/metrics` and `/healthz` of an agent, on a loopback address. */
export type MetricsServer = { readonly url: string; readonly close: () => Promise<void> };

/** @param options.listen `host:port`; port 0 takes a free one. Rejects with AppError `bad-config` when it cannot listen there. */
export async function startMetricsServer(options: {
  readonly listen: string;
  readonly metrics: Metrics;
  readonly isHealthy: () => boolean;
}): Promise<MetricsServer> {
  const { listen, metrics, isHealthy } = options;
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, maxHeaderSize: 8_192 }, (request, response) => {
    const path = request.url?.split('?')[0];
    request.resume();
    const answer = (status: number, type: string, body: string): void => {
      response
        .writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
        .end(request.method === 'HEAD' ? '' : body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'method not allowed\n');
    if (path === '/healthz') return isHealthy() ? answer(200, 'text/plain', 'ok\n') : answer(503, 'text/plain', 'not healthy\n');
    if (path !== '/metrics') return answer(404, 'text/plain', 'not found\n');
    metrics.text().then(
      (text) => answer(200, metrics.registry.contentType, text),
      () => answer(500, 'text/plain', 'metrics failed\n'),
    );
  });
  server.maxConnections = 32;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new AppError('bad-config', `metricsListen ${listen}: ${error.message}`, { cause: error })),
    );
    server.listen(Number(listen.slice(colon + 1)), host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
