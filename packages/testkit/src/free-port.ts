import { createServer } from 'node:net';

/**
 * A TCP port on 127.0.0.1 that nobody listens on just now. Another process may take it before the caller does: where
 * a part can listen on port 0 and say what it got, do that instead.
 */
export function freePort(host = '127.0.0.1'): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, host, () => {
    const address = server.address();
    server.close(() => {
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('the port is not known'));
    });
  });
  return promise;
}
