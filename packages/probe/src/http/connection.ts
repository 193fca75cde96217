import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/** Who gets what arrives on an HTTP/1 connection. The bytes are valid during the call only. */
export type Feed = {
  onData(bytes: Buffer): void;
  /** The peer closed its side. */
  onEnd(): void;
  onError(error: NodeJS.ErrnoException): void;
};

/** A ready connection: TCP, and for https a finished and trusted TLS handshake. */
export type Connection = {
  /** What it was made for: any address of the same origin can use it. */
  readonly url: URL;
  readonly socket: Socket;
  /** HTTP/2; null: HTTP/1.1 is spoken. */
  readonly session: ClientHttp2Session | null;
  readonly remoteIp: string;
  readonly tlsVersion: string | null;
  /** Set by the exchange that reads now. */
  feed: Feed | null;
};

export function closeConnection(connection: Connection): void {
  connection.feed = null;
  connection.session?.destroy();
  connection.socket.destroy();
}
