import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failed } from './failed.ts';
import { MAX_HEADER_BYTES, ResponseReader } from './response-reader.ts';

type Seen = {
  status: number | null;
  headers: readonly (readonly [string, string])[];
  body: string;
  isOver: boolean;
  headerBytes: number;
  failure: string | null;
};

/** Reads pieces and then the end of the connection. */
function read(pieces: readonly Buffer[], method = 'GET'): Seen {
  const seen: Seen = { status: null, headers: [], body: '', isOver: false, headerBytes: 0, failure: null };
  const reader = new ResponseReader(method, {
    onHead: (head) => {
      seen.status = head.status;
      seen.headers = head.headers;
    },
    onBody: (bytes) => (seen.body += bytes.toString('latin1')),
    onEnd: () => (seen.isOver = true),
  });
  try {
    for (const piece of pieces) reader.push(piece);
    reader.close();
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    seen.failure = error.failure.code;
  }
  seen.headerBytes = reader.headerBytes;
  return seen;
}

const text = (answer: string) => [Buffer.from(answer, 'latin1')];

const ANSWERS = {
  length: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Folded: a\r\n  b\r\n\r\nhello and more',
  chunked:
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00A;name=value\r\n, the rest\r\n0\r\nX-Trailer: yes\r\n\r\nmore',
  informational:
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n',
  untilClose: 'HTTP/1.0 200 OK\nServer: old\n\nall of this',
  cutHead: 'HTTP/1.1 200 OK\r\nContent-Le',
  cutChunk: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
  badChunk: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n',
  badHeader: 'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n',
  notHttp: 'SSH-2.0-OpenSSH_9.2\r\n',
};

describe('ResponseReader', () => {
  it('reads a body with a length, and leaves what follows', () => {
    const seen = read(text(ANSWERS.length));
    expect(seen).toMatchObject({ status: 200, body: 'hello', isOver: true, failure: null });
    expect(seen.headers).toContainEqual(['X-Folded', 'a b']);
    expect(seen.headerBytes).toBe(ANSWERS.length.indexOf('hello'));
  });

  it('undoes chunks, skips extensions and counts trailers', () => {
    const seen = read(text(ANSWERS.chunked));
    expect(seen).toMatchObject({ status: 200, body: 'hello, the rest', isOver: true, failure: null });
    expect(seen.headerBytes).toBe(ANSWERS.chunked.indexOf('5\r\n') + 'X-Trailer: yes\r\n'.length);
  });

  it('skips informational answers and counts their bytes', () => {
    expect(read(text(ANSWERS.informational))).toMatchObject({
      status: 404,
      isOver: true,
      headerBytes: ANSWERS.informational.length,
    });
  });

  it('reads until the connection closes when no length is given', () => {
    expect(read(text(ANSWERS.untilClose))).toMatchObject({ status: 200, body: 'all of this', isOver: true });
  });

  it.each([
    ['cutHead', 'early-close'],
    ['cutChunk', 'early-close'],
    ['badChunk', 'bad-response'],
    ['badHeader', 'bad-response'],
    ['notHttp', 'bad-response'],
  ] as const)('%s fails with %s', (name, code) => {
    expect(read(text(ANSWERS[name])).failure).toBe(code);
  });

  it('expects no body after HEAD, 204 and 304', () => {
    expect(read(text('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'), 'HEAD')).toMatchObject({ isOver: true, failure: null });
    expect(read(text('HTTP/1.1 204 None\r\n\r\n'))).toMatchObject({ isOver: true, failure: null });
    expect(read(text('HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n'))).toMatchObject({ isOver: true, failure: null });
  });

  it('takes a header just below the limit and refuses one above it, byte by byte too', () => {
    const answer = (length: number) => {
      const frame = 'HTTP/1.1 200 OK\r\nX: \r\n\r\n'.length;
      return `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(length - frame)}\r\n\r\n`;
    };
    expect(read(text(answer(MAX_HEADER_BYTES))).failure).toBeNull();
    expect(read(text(answer(MAX_HEADER_BYTES + 1))).failure).toBe('headers-too-large');
    const bytes = Buffer.from(answer(MAX_HEADER_BYTES + 1));
    expect(read(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))).failure).toBe('headers-too-large');
  });

  it('gives the same at every split into two', () => {
    for (const answer of Object.values(ANSWERS)) {
      const bytes = Buffer.from(answer, 'latin1');
      const whole = read([bytes]);
      for (let at = 1; at < bytes.length; at++) {
        expect(comparable(read([bytes.subarray(0, at), bytes.subarray(at)]))).toEqual(comparable(whole));
      }
    }
  });

  it('gives the same for any pieces of any bytes that look like an answer', () => {
    const line = fc.constantFrom(
      'HTTP/1.1 200 OK',
      'Content-Length: 3',
      'Transfer-Encoding: chunked',
      'A: b',
      ' c',
      '',
      '3',
      'abc',
      '0',
      'x',
    );
    const end = fc.constantFrom('\r\n', '\n', '\r', '');
    const answer = fc.array(fc.tuple(line, end), { maxLength: 14 }).map((parts) => `HTTP/1.1 200 OK\r\n${parts.flat().join('')}`);
    fc.assert(
      fc.property(answer, fc.array(fc.nat({ max: 80 }), { maxLength: 8 }), (bytes, cuts) => {
        const all = Buffer.from(bytes, 'latin1');
        const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).toSorted((a, b) => a - b), all.length];
        const pieces = at.slice(1).map((to, index) => all.subarray(at[index], to));
        expect(comparable(read(pieces))).toEqual(comparable(read([all])));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws anything but a failure, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        read([Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n`), Buffer.from(bytes)]);
        read([Buffer.from('HTTP/1.1 200 OK\r\n'), Buffer.from(bytes)]);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** How many header bytes had come when a bad answer was noticed depends on the pieces. */
function comparable(seen: Seen): Partial<Seen> {
  const { headerBytes, ...rest } = seen;
  return seen.failure === null ? { ...rest, headerBytes } : rest;
}
