import type { Failure } from '../probers/prober.ts';
import type { BodySink } from './body-sink.ts';
import { transferFailure } from './connect-failure.ts';
import type { Connection } from './connection.ts';
import { Failed } from './failed.ts';
import { http1Head, type HttpRequest } from './request.ts';
import type { ResponseHead } from './response-head.ts';
import { ResponseReader } from './response-reader.ts';
import type { Run } from './run.ts';

/** A request up to this size fits into the send buffer of a fresh socket: it is handed over when `write` returns. */
const SENT_AT_ONCE_BYTES = 16_384;

/** How an exchange ended well. */
export type Exchanged = { readonly sink: BodySink; readonly isReusable: boolean };

/** What becomes of a body is known when the head is there. */
export type SinkChoice = (
  head: Pick<ResponseHead, 'status' | 'headers'>,
  events: { readonly onDrain: () => void; readonly onFailure: (failure: Failure) => void },
) => BodySink;

/** One request and its answer over HTTP/1.1. Throws {@link Failed}. */
export function exchangeHttp1(
  run: Run,
  connection: Connection,
  request: HttpRequest,
  chooseSink: SinkChoice,
): Promise<Exchanged> {
  const { trail, watch } = run;
  const { socket } = connection;
  return run.step<Exchanged>(({ done, fail }) => {
    let sink: BodySink | null = null;
    let isComplete = false;
    let isFirstPiece = false;
    const stop = (isReusable: boolean) => {
      if (isComplete || sink === null) return;
      isComplete = true;
      connection.feed = null;
      trail.headerBytes = reader.headerBytes;
      // What came in one piece came at one moment.
      trail.end(isFirstPiece ? watch.pointUs : watch.arrival());
      done({ sink, isReusable });
    };
    const broke = (failure: Failure) => {
      if (isComplete) return;
      isComplete = true;
      fail(failure);
    };
    const guarded = (read: () => void) => {
      try {
        read();
      } catch (error) {
        if (!(error instanceof Failed)) throw error;
        broke(error.failure);
      }
    };
    const reader = new ResponseReader(request.method, {
      onHead: (head) => {
        trail.status = head.status;
        trail.headers = head.headers;
        trail.httpVersion = head.httpVersion;
        sink = chooseSink(head, { onDrain: () => socket.resume(), onFailure: broke });
        trail.sink = sink;
      },
      onBody: (bytes) => {
        const wish = sink?.write(bytes);
        if (wish === 'stop') stop(false);
        else if (wish === 'pause') socket.pause();
      },
      onEnd: () => stop(reader.isReusable),
    });
    connection.feed = {
      onData: (bytes) => {
        isFirstPiece = trail.phase !== 'receiveUs';
        if (isFirstPiece) firstByte(run);
        else watch.touch();
        guarded(() => reader.push(bytes));
        isFirstPiece = false;
      },
      onEnd: () => guarded(() => reader.close()),
      onError: (error) => broke(transferFailure(error, trail.phase === 'requestUs')),
    };
    send(run, connection, request);
    return () => {
      connection.feed = null;
      trail.headerBytes = reader.headerBytes;
      sink?.cancel();
      socket.destroy();
    };
  });
}

/** An answer that begins before the request is out (a refused upload) ends the sending. */
export function firstByte(run: Run): void {
  const { trail, watch } = run;
  const pointUs = watch.arrival();
  if (trail.phase === 'requestUs') trail.pass(pointUs, 'waitUs');
  trail.pass(pointUs, 'receiveUs');
}

function send(run: Run, connection: Connection, request: HttpRequest): void {
  const { trail, watch } = run;
  const head = http1Head(request);
  const message = request.body === null ? head : Buffer.concat([head, request.body]);
  trail.requestBytes = message.length;
  if (message.length <= SENT_AT_ONCE_BYTES) {
    connection.socket.write(message);
    trail.pass(watch.done(), 'waitUs');
    return;
  }
  connection.socket.write(message, (error) => {
    if (error === null || error === undefined) {
      if (trail.phase === 'requestUs') trail.pass(watch.event(), 'waitUs');
    }
  });
}
