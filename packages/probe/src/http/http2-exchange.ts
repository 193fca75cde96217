import { constants, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';
import type { Failure } from '../probers/prober.ts';
import type { BodySink } from './body-sink.ts';
import { transferFailure } from './connect-failure.ts';
import type { Connection } from './connection.ts';
import { Failed } from './failed.ts';
import { firstByte, type Exchanged, type SinkChoice } from './http1-exchange.ts';
import { requestHead, sendsLength, type HttpRequest } from './request.ts';
import type { Header } from './response-head.ts';
import { MAX_HEADER_BYTES } from './response-reader.ts';
import type { Run } from './run.ts';

/** Headers that belong to a connection and are forbidden in HTTP/2 (RFC 9113 §8.2.2). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
]);

/** One request and its answer over HTTP/2. The first byte is the first header block, as far as Node shows it. Throws {@link Failed}. */
export function exchangeHttp2(
  run: Run,
  connection: Connection,
  request: HttpRequest,
  chooseSink: SinkChoice,
): Promise<Exchanged> {
  const { trail, watch } = run;
  const { session } = connection;
  if (session === null) throw new Failed('probe-failed', 'the connection is not HTTP/2');
  return run.step<Exchanged>(({ done, fail }) => {
    let sink: BodySink | null = null;
    let isComplete = false;
    const stop = () => {
      if (isComplete || sink === null) return;
      isComplete = true;
      trail.end(watch.arrival());
      done({ sink, isReusable: !sink.isTruncated && !session.closed && !session.destroyed });
    };
    const broke = (failure: Failure) => {
      if (isComplete) return;
      isComplete = true;
      fail(failure);
    };
    trail.httpVersion = '2';
    trail.requestBytes = requestHead(request, '2').length + (request.body?.length ?? 0);
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(pseudoHeaders(request), { endStream: request.body === null });
    } catch (error) {
      broke({ code: 'send-failed', text: String(error) });
      return () => {};
    }
    if (request.body !== null) stream.end(request.body);
    // The session writes in the phase of the loop in which immediates run, before this one.
    setImmediate(() => {
      if (trail.phase === 'requestUs' && !isComplete) trail.pass(watch.done(), 'waitUs');
    });
    stream.on('headers', () => {
      if (trail.phase !== 'receiveUs') firstByte(run);
    });
    stream.on('response', (headers, _flags, rawHeaders: readonly string[]) => {
      if (trail.phase !== 'receiveUs') firstByte(run);
      const status = headers[':status'] ?? 0;
      const received = pairs(rawHeaders);
      trail.status = status;
      trail.headers = received;
      trail.headerBytes += sizeAsText(status, received);
      if (trail.headerBytes > MAX_HEADER_BYTES) {
        return broke({ code: 'headers-too-large', text: `the header has more than ${MAX_HEADER_BYTES} bytes` });
      }
      sink = chooseSink({ status, headers: received }, { onDrain: () => stream.resume(), onFailure: broke });
      trail.sink = sink;
    });
    stream.on('data', (bytes: Buffer) => {
      watch.touch();
      const wish = sink?.write(bytes);
      if (wish === 'stop') stop();
      else if (wish === 'pause') stream.pause();
    });
    stream.on('end', () => {
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR) stop();
    });
    stream.on('error', (error: NodeJS.ErrnoException) => broke(streamFailure(error, trail.phase === 'requestUs')));
    stream.on('close', () => broke({ code: 'early-close', text: `the stream was closed (code ${stream.rstCode})` }));
    connection.feed = { onData: () => {}, onEnd: () => {}, onError: (error) => broke(transferFailure(error, false)) };
    return () => {
      sink?.cancel();
      stream.destroy();
      session.destroy();
      connection.socket.destroy();
    };
  });
}

function pseudoHeaders(request: HttpRequest): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ':method': request.method,
    ':scheme': request.url.protocol.slice(0, -1),
    ':authority': request.host,
    ':path': `${request.url.pathname}${request.url.search}`,
  };
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    if (CONNECTION_HEADERS.has(key)) continue;
    const before = headers[key];
    if (before === undefined) headers[key] = value;
    else headers[key] = Array.isArray(before) ? [...before, value] : [String(before), value];
  }
  if (sendsLength(request)) headers['content-length'] = request.body?.length ?? 0;
  return headers;
}

function pairs(raw: readonly string[]): readonly Header[] {
  const headers: Header[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (!name.startsWith(':')) headers.push([name, raw[index + 1] ?? '']);
  }
  return headers;
}

/** Size of the header as HTTP/1 would have sent it: what libcurl reports, comparable across versions. */
function sizeAsText(status: number, headers: readonly Header[]): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, `HTTP/2 ${status} \r\n\r\n`.length);
}

function streamFailure(error: NodeJS.ErrnoException, isSending: boolean): Failure {
  const { code = '', message } = error;
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT') return transferFailure(error, isSending);
  if (/ENHANCE_YOUR_CALM|HEADER|COMPRESSION/.test(message)) return { code: 'headers-too-large', text: message };
  if (code === 'ERR_HTTP2_SESSION_ERROR' || code === 'ERR_HTTP2_STREAM_CANCEL') return { code: 'early-close', text: message };
  if (code === 'ERR_HTTP2_STREAM_ERROR') return { code: 'early-close', text: message };
  return { code: 'bad-response', text: message };
}
