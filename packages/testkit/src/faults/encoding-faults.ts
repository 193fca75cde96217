import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { answers, type Fault, onRequest } from './fault.ts';
import { noise } from './message-faults.ts';

/** Decoded bytes of a bomb. */
export const BOMB_BYTES = 128 * 1024 * 1024;

const encoded = (encoding: string, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
  ]);

const bombs = new Map<string, Buffer>();

/** Compressed when it is first asked for, since it takes a moment. */
function bomb(encoding: 'gzip' | 'br' | 'zstd'): Fault {
  return {
    scheme: 'http',
    serve: (socket) => {
      onRequest(socket, () => {
        const ready = bombs.get(encoding) ?? encoded(encoding, compressZeros(encoding));
        bombs.set(encoding, ready);
        socket.end(ready);
      });
    },
  };
}

function compressZeros(encoding: 'gzip' | 'br' | 'zstd'): Buffer {
  const zeros = Buffer.alloc(BOMB_BYTES);
  switch (encoding) {
    case 'gzip':
      return gzipSync(zeros, { level: 1 });
    case 'br':
      return brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    case 'zstd':
      return zstdCompressSync(zeros);
  }
}

const text = Buffer.from('a body that was compressed once upon a time '.repeat(200));

/** Faults of the content encoding. */
export const ENCODING_FAULTS = {
  'gzip-bomb': bomb('gzip'),
  'brotli-bomb': bomb('br'),
  'zstd-bomb': bomb('zstd'),
  'gzip-broken': answers(encoded('gzip', noise(2_000))),
  'gzip-cut-off': answers(encoded('gzip', gzipSync(text).subarray(0, 60))),
  'gzip-wrong-checksum': answers(encoded('gzip', corrupted(gzipSync(text)))),
  'brotli-broken': answers(encoded('br', noise(2_000))),
  'zstd-broken': answers(encoded('zstd', noise(2_000))),
  'encoding-unknown': answers(encoded('rot13', text)),
} as const satisfies Readonly<Record<string, Fault>>;

/** The checksum of a gzip member lies in the eighth to fifth byte from its end. */
function corrupted(gzip: Buffer): Buffer {
  const copy = Buffer.from(gzip);
  copy.writeUInt32LE((copy.readUInt32LE(copy.length - 8) ^ 1) >>> 0, copy.length - 8);
  return copy;
}
