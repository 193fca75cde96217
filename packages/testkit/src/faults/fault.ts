import type { Socket } from 'node:net';
import type { Certificates } from '../certificates.ts';

/**
 * One way to be a bad server. Each fault listens on a port of its own and gets every connection as it comes, before a
 * byte was read; `url` is how a client addresses that port.
 */
export type Fault = {
  readonly scheme: 'http' | 'https';
  /** Path that the client should ask for; default `/`. */
  readonly path?: string;
  readonly serve: (socket: Socket, context: FaultContext) => void;
};

export type FaultContext = {
  readonly certificates: Certificates;
  /** Address of the fault itself, as `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** A port on which nobody listens. */
  readonly closedPort: number;
  /** Ends when the server closes: stop timers and loops with it. */
  readonly signal: AbortSignal;
};

/** Calls `then` once with the first request head (what came before the first empty line); later bytes are dropped. */
export function onRequest(socket: Socket, then: (head: string) => void): void {
  let head = '';
  let isAnswered = false;
  socket.on('data', (chunk: Buffer) => {
    if (isAnswered) return;
    head += chunk.toString('latin1');
    if (!head.includes('\r\n\r\n') && head.length < 65_536) return;
    isAnswered = true;
    then(head);
  });
}

/** A fault that reads the request and answers with these bytes, then ends the connection unless told to hold it open. */
export function answers(bytes: string | Buffer, after: 'end' | 'hold' | 'reset' = 'end'): Fault {
  const answer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  return {
    scheme: 'http',
    serve: (socket) => {
      onRequest(socket, () => {
        if (after === 'end') socket.end(answer);
        if (after === 'hold') socket.write(answer);
        // The answer must be on its way before the reset, or it overtakes it.
        if (after === 'reset') socket.write(answer, () => setTimeout(() => socket.resetAndDestroy(), 30));
      });
    },
  };
}

/** Writes `chunk` again and again, as fast as the client reads, until either side ends. */
export function pour(socket: Socket, chunk: Buffer, signal: AbortSignal): void {
  const next = () => {
    while (!socket.destroyed && !signal.aborted && socket.write(chunk));
  };
  socket.on('drain', next);
  next();
}

/** Writes the bytes one by one, each `everyMs`, and starts again at the end. */
export function drip(socket: Socket, bytes: string, everyMs: number, signal: AbortSignal): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || signal.aborted) return clearInterval(timer);
    socket.write(bytes.charAt(at % bytes.length));
    at += 1;
  }, everyMs);
  socket.on('close', () => clearInterval(timer));
}
