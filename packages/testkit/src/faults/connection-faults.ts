import { answers, drip, type Fault, onRequest } from './fault.ts';

const http = (serve: Fault['serve']): Fault => ({ scheme: 'http', serve });

/** Faults of the connection under HTTP: who closes, resets or goes silent, and in which phase. */
export const CONNECTION_FAULTS = {
  'close-at-accept': http((socket) => socket.end()),
  'reset-at-accept': http((socket) => socket.resetAndDestroy()),
  'never-answers': http((socket) => socket.resume()),
  'close-after-request': http((socket) => onRequest(socket, () => socket.end())),
  'reset-after-request': http((socket) => onRequest(socket, () => socket.resetAndDestroy())),
  'close-in-status-line': answers('HTTP/1.1 20'),
  'close-in-header': answers('HTTP/1.1 200 OK\r\nContent-Type: text/pl'),
  'reset-in-header': answers('HTTP/1.1 200 OK\r\nContent-Type: text/pl', 'reset'),
  'close-in-body': answers('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this'),
  'reset-in-body': answers('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this', 'reset'),
  'silent-in-header': answers('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n', 'hold'),
  'silent-in-body': answers('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this', 'hold'),
  'drips-status-line': http((socket, { signal }) =>
    onRequest(socket, () => drip(socket, 'HTTP/1.1 200 OK and so on and ', 50, signal)),
  ),
  'drips-headers': http((socket, { signal }) =>
    onRequest(socket, () => {
      socket.write('HTTP/1.1 200 OK\r\n');
      drip(socket, 'X-Slow: yes\r\n', 50, signal);
    }),
  ),
  'drips-body': http((socket, { signal }) =>
    onRequest(socket, () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n');
      drip(socket, 'x', 50, signal);
    }),
  ),
} as const satisfies Readonly<Record<string, Fault>>;
