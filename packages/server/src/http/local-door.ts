import { once } from 'node:events';
import { createServer } from 'node:http';
import type { FastifyInstance } from 'fastify';

const REQUEST_MS = 60_000;

/** A second way in for processes of this machine: plain HTTP on a loopback port that the system chooses. */
export type LocalDoor = { readonly url: string; readonly close: () => Promise<void> };

/**
 * Opens it. A probe beside the server uses it where the main address is not for it: the certificate is for the public
 * name, or the server listens on a network only. All rules of the routes hold there, too.
 */
export async function openLocalDoor(app: FastifyInstance): Promise<LocalDoor> {
  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => app.routing(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), 1_000);
      await closed;
      clearTimeout(cut);
    },
  };
}
