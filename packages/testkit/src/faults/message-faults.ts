import { answers, type Fault, onRequest, pour } from './fault.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const http = (serve: Fault['serve']): Fault => ({ scheme: 'http', serve });
/** After `head`, `chunk` without end. */
const endless = (head: string, chunk: string): Fault =>
  http((socket, { signal }) =>
    onRequest(socket, () => {
      socket.write(head);
      pour(socket, Buffer.from(chunk.repeat(Math.ceil(65_536 / chunk.length)), 'latin1'), signal);
    }),
  );
const redirect = (location: (origin: string, closedPort: number, head: string) => string): Fault =>
  http((socket, { origin, closedPort }) =>
    onRequest(socket, (head) => {
      socket.end(
        `HTTP/1.1 302 Found\r\nLocation: ${location(origin, closedPort, head)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
    }),
  );

/** Bytes that look random and are the same in every run. */
export function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 0x2545f491;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

/** Faults of the HTTP message: framing, headers, length, chunks, redirects. */
export const MESSAGE_FAULTS = {
  // Length
  'length-too-long': answers(`${OK}Content-Length: 50\r\n\r\nshort`),
  'length-too-short': answers(`${OK}Content-Length: 5\r\n\r\nhello and more than that`),
  'length-negative': answers(`${OK}Content-Length: -5\r\n\r\nhello`),
  'length-not-a-number': answers(`${OK}Content-Length: five\r\n\r\nhello`),
  'length-twice-different': answers(`${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`),
  'length-beyond-integers': answers(`${OK}Content-Length: 99999999999999999999999\r\n\r\nhello`),
  'endless-body': endless(`${OK}\r\n`, 'endless '),
  'endless-chunks': endless(`${OK}Transfer-Encoding: chunked\r\n\r\n`, '8\r\nendless \r\n'),
  // Header
  'endless-headers': endless(OK, 'X-More: and more\r\n'),
  'header-1mb': answers(`${OK}X-Large: ${'x'.repeat(1 << 20)}\r\nContent-Length: 2\r\n\r\nok`),
  'huge-status-line': answers(`HTTP/1.1 200 ${'x'.repeat(1 << 20)}\r\nContent-Length: 2\r\n\r\nok`),
  'endless-status-line': endless('HTTP/1.1 200 ', 'OK and so on '),
  'header-without-colon': answers(`${OK}this is no header\r\nContent-Length: 2\r\n\r\nok`),
  'header-with-nul': answers(`${OK}X-Nul: a\0b\r\nContent-Length: 2\r\n\r\nok`),
  'header-40kb': answers(`${OK}X-Large: ${'x'.repeat(40_000)}\r\nContent-Length: 2\r\n\r\nok`),
  'bare-line-feeds': answers('HTTP/1.1 200 OK\nContent-Length: 2\n\nok'),
  // Not HTTP
  'http-0.9': answers('<html>an answer without a head</html>'),
  garbage: answers(noise(4096)),
  'endless-garbage': http((socket, { signal }) => onRequest(socket, () => pour(socket, noise(65_536), signal))),
  'smtp-banner': http((socket) => {
    socket.resume();
    socket.write('220 mail.test ESMTP\r\n');
  }),
  'status-not-a-number': answers('HTTP/1.1 2xx OK\r\nContent-Length: 2\r\n\r\nok'),
  'status-too-small': answers('HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok'),
  'http-version-9': answers('HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  'nul-bytes': answers(Buffer.alloc(4096)),
  'switches-protocols': answers(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n\0\u0001\u0002',
    'hold',
  ),
  // Informational answers before the real one
  'early-hints': answers(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`),
  'informational-flood': endless('', 'HTTP/1.1 100 Continue\r\n\r\n'),
  // Chunks
  'chunk-size-not-hex': answers(`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`),
  'chunk-size-huge': answers(`${OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n0\r\n\r\n`),
  'chunk-size-negative': answers(`${OK}Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n`),
  'chunk-without-end': answers(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n`),
  'chunks-cut-off': answers(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`),
  'endless-chunk-extension': endless(`${OK}Transfer-Encoding: chunked\r\n\r\n5;`, 'name=value;'),
  'endless-trailers': endless(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n`, 'X-More: and more\r\n'),
  // Body bytes
  'invalid-utf8': answers(
    Buffer.concat([Buffer.from(`${OK}Content-Length: 6\r\n\r\nab`), Buffer.from([0xff, 0xfe, 0xc0, 0x80])]),
  ),
  'nul-in-body': answers(`${OK}Content-Length: 5\r\n\r\na\0b\0c`),
  // Redirects
  'redirect-loop': redirect((origin) => `${origin}/`),
  'redirect-growing': redirect((origin, _, head) => `${origin}${/^\S+ (\S+)/.exec(head)?.[1] ?? '/'}${'x'.repeat(2_000)}`),
  'redirect-to-nowhere': redirect((_, closedPort) => `http://127.0.0.1:${closedPort}/`),
  'redirect-to-bad-url': redirect(() => 'http://[not:an:address/'),
  'redirect-to-file': redirect(() => 'file:///etc/passwd'),
  'redirect-to-ftp': redirect(() => 'ftp://127.0.0.1/'),
  'redirect-with-injection': redirect(() => '/\u0000\u0001 HTTP/1.1'),
  'redirect-without-location': answers('HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n'),
} as const satisfies Readonly<Record<string, Fault>>;
