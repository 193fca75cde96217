import { Agent as HttpAgent, type ClientRequest, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { PROTOCOL_HEADER, PROTOCOL_VERSION } from '@watchpost/contracts/protocol';
import { parseServerUrl } from './server-url.ts';

export type ServerConnectionOptions = {
  readonly serverUrl: string;
  /** Key of the agent; null: requests carry none. */
  readonly key: string | null;
  readonly allowInsecure?: boolean;
  /** PEM of further trusted authorities. */
  readonly caPem?: string;
  /** Connections at the same time. */
  readonly maxSockets?: number;
};

export type ServerRequest = {
  readonly method: 'GET' | 'POST';
  /** Path below the server's URL, with its query: `/api/v1/…`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Most bytes of the answer's body. */
  readonly maxAnswerBytes: number;
  readonly signal?: AbortSignal;
};

export type ServerAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** A pool of kept-alive connections to one server. */
export type ServerConnection = {
  /** Rejects with an Error (network, time, size, abort); an answer of any status resolves. Redirects are not followed. */
  readonly request: (request: ServerRequest) => Promise<ServerAnswer>;
  readonly close: () => void;
};

const KEEP_ALIVE_MS = 55_000;
/** Each kept-alive connection may turn out to be closed by the server; then the request goes over another one. */
const STALE_RETRIES = 3;

/**
 * The server closed a kept-alive connection about when it was used again, and answered nothing. The request is sent once
 * more over another connection: all that agents send over kept-alive connections may come twice.
 */
class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

/** Opens the pool; connects with the first request. Throws AppError `bad-config` when the URL is not allowed. */
export function createServerConnection(options: ServerConnectionOptions): ServerConnection {
  const base = parseServerUrl(
    options.serverUrl,
    options.allowInsecure === undefined ? {} : { allowInsecure: options.allowInsecure },
  );
  const isTls = base.protocol === 'https:';
  const pool = {
    keepAlive: true,
    keepAliveMsecs: 15_000,
    maxSockets: options.maxSockets ?? 4,
    maxFreeSockets: 2,
    timeout: KEEP_ALIVE_MS,
  };
  const agent = isTls ? new HttpsAgent(options.caPem === undefined ? pool : { ...pool, ca: options.caPem }) : new HttpAgent(pool);
  const prefix = base.pathname.replace(/\/$/, '');
  const ownHeaders: Record<string, string> = { [PROTOCOL_HEADER]: String(PROTOCOL_VERSION), accept: 'application/json' };
  if (options.key !== null) ownHeaders['authorization'] = `Bearer ${options.key}`;

  const once = (wanted: ServerRequest, deadline: number): Promise<ServerAnswer> =>
    new Promise((resolve, reject) => {
      if (wanted.signal?.aborted === true) {
        reject(new Error('the request was aborted'));
        return;
      }
      const headers: Record<string, string | number> = { ...ownHeaders, ...wanted.headers };
      if (wanted.body !== undefined) headers['content-length'] = Buffer.byteLength(wanted.body);
      const hostname = base.hostname.replace(/^\[|\]$/g, '');
      const target = { agent, hostname, port: base.port, method: wanted.method, path: prefix + wanted.path, headers };
      const exchange = isTls ? httpsRequest(target) : httpRequest(target);
      collect(exchange, wanted, deadline, resolve, reject);
      exchange.end(wanted.body);
    });

  const request = async (wanted: ServerRequest): Promise<ServerAnswer> => {
    const deadline = performance.now() + wanted.timeoutMs;
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(wanted, deadline);
      } catch (error) {
        if (!(error instanceof StaleConnectionError) || attempt >= STALE_RETRIES) throw error;
      }
    }
  };

  return { request, close: () => agent.destroy() };
}

function collect(
  exchange: ClientRequest,
  wanted: ServerRequest,
  deadline: number,
  resolve: (answer: ServerAnswer) => void,
  reject: (error: Error) => void,
): void {
  const onAbort = (): void => void exchange.destroy(new Error('the request was aborted'));
  const giveUp = (): void => void exchange.destroy(new Error(`no complete answer within ${wanted.timeoutMs} ms`));
  const timer = setTimeout(giveUp, Math.max(deadline - performance.now(), 0));
  let isAnswered = false;
  const settle = (): void => {
    clearTimeout(timer);
    wanted.signal?.removeEventListener('abort', onAbort);
  };
  const fail = (error: Error): void => {
    settle();
    reject(error);
  };
  wanted.signal?.addEventListener('abort', onAbort, { once: true });
  exchange.on('error', (error) => {
    const isClosed = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    fail(exchange.reusedSocket && isClosed && !isAnswered ? new StaleConnectionError(error.message, { cause: error }) : error);
  });
  exchange.on('response', (response) => {
    isAnswered = true;
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= wanted.maxAnswerBytes) chunks.push(chunk);
      else exchange.destroy(new Error(`the answer is longer than ${wanted.maxAnswerBytes} bytes`));
    });
    response.on('error', fail);
    response.on('close', () => {
      if (!response.complete) fail(new Error('the connection was closed before the answer was complete'));
    });
    response.on('end', () => {
      if (!response.complete) return;
      settle();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
    });
  });
}
