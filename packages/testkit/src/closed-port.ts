import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type ClosedPort = AsyncDisposable & { readonly port: number; readonly close: () => Promise<void> };

/**
 * A port on loopback that refuses connections and stays so: it is the local port of a connection, so that nobody is given it
 * to listen on, and nobody listens there.
 */
export async function startClosedPort(): Promise<ClosedPort> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has a port');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const holder = connect(address.port, '127.0.0.1');
  const [[peer]] = await Promise.all([accepted, once(holder, 'connect')]);
  if (holder.localPort === undefined) throw new Error('a connection has a local port');
  const close = async () => {
    holder.destroy();
    peer.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return { port: holder.localPort, close, [Symbol.asyncDispose]: close };
}
