import type { HttpCheck } from '@watchpost/contracts/targets/check';
import type { Header } from './response-head.ts';

const USER_AGENT = 'Watchpost/0.1';
const ACCEPT_ENCODING = 'gzip, br, zstd';
/** Headers that go to no other origin than the one they were meant for, as curl does with `-L`. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);
const BODY_HEADERS: ReadonlySet<string> = new Set(['content-type', 'content-length', 'content-encoding', 'content-language']);

/** One request of a measurement, whatever the HTTP version. */
export type HttpRequest = {
  readonly url: URL;
  readonly method: string;
  /** Without Host and Content-Length. */
  readonly headers: readonly Header[];
  /** The Host header (`:authority`), when the check names another one than the URL. */
  readonly host: string;
  readonly body: Buffer | null;
};

/** What a check asks for is always the same: it is made once, as long as the check lives. */
const firstRequests = new WeakMap<HttpCheck, HttpRequest>();
const heads = new WeakMap<HttpRequest, Buffer>();

/** The first request of a check. Headers of the check replace those that are sent by default. */
export function firstRequest(check: HttpCheck): HttpRequest {
  const known = firstRequests.get(check);
  if (known !== undefined) return known;
  const made = makeFirstRequest(check);
  firstRequests.set(check, made);
  return made;
}

function makeFirstRequest(check: HttpCheck): HttpRequest {
  const url = new URL(check.url);
  const given = check.headers.map(({ name, value }) => [name, value] as const);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const authorization = authorizationOf(check, url);
  const defaults: Header[] = [
    ['User-Agent', USER_AGENT],
    ['Accept', '*/*'],
    ['Accept-Encoding', ACCEPT_ENCODING],
    ...(authorization === null ? [] : [['Authorization', authorization] as const]),
  ];
  return {
    url,
    method: check.method,
    headers: [...defaults, ...given].filter(
      ([name], index) =>
        !['host', 'content-length'].includes(name.toLowerCase()) && (index >= defaults.length || !names.has(name.toLowerCase())),
    ),
    host: given.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? url.host,
    body: check.body === null ? null : Buffer.from(check.body),
  };
}

/**
 * The request that follows a redirect, as `curl -L`: 303 turns everything but HEAD into GET, 301 and 302 turn POST into
 * GET, 307 and 308 repeat the request. Another origin gets no credentials.
 */
export function redirectedRequest(request: HttpRequest, status: number, url: URL): HttpRequest {
  const becomesGet = status === 303 ? request.method !== 'HEAD' : status <= 302 && request.method === 'POST';
  const isOtherOrigin = url.origin !== request.url.origin;
  return {
    url,
    method: becomesGet ? 'GET' : request.method,
    headers: request.headers.filter(([name]) => {
      const key = name.toLowerCase();
      return !(isOtherOrigin && SECRET_HEADERS.has(key)) && !(becomesGet && BODY_HEADERS.has(key));
    }),
    host: isOtherOrigin ? url.host : request.host,
    body: becomesGet ? null : request.body,
  };
}

/** The head of the request as HTTP/1.1 sends it. It must not be changed: it is made once for each request. */
export function http1Head(request: HttpRequest): Buffer {
  const known = heads.get(request);
  if (known !== undefined) return known;
  const made = requestHead(request, '1.1');
  heads.set(request, made);
  return made;
}

/** The head of the request as HTTP/1.1 writes it; its length stands for the size of an HTTP/2 request too, as in curl. */
export function requestHead(request: HttpRequest, httpVersion: '1.1' | '2'): Buffer {
  const { url, body, method } = request;
  let head = `${method} ${url.pathname}${url.search} HTTP/${httpVersion}\r\nHost: ${request.host}\r\n`;
  for (const [name, value] of request.headers) head += `${name}: ${value}\r\n`;
  if (sendsLength(request)) head += `Content-Length: ${body?.length ?? 0}\r\n`;
  return Buffer.from(`${head}\r\n`);
}

/** Methods that mean something with a body state its length, also when it is empty (RFC 9110 §8.6). */
export function sendsLength(request: HttpRequest): boolean {
  return request.body !== null || ['POST', 'PUT', 'PATCH'].includes(request.method);
}

function authorizationOf(check: HttpCheck, url: URL): string | null {
  const { auth } = check;
  if (auth?.type === 'bearer') return `Bearer ${auth.token}`;
  if (auth?.type === 'basic') return basic(auth.username, auth.password);
  return url.username === '' && url.password === '' ? null : basic(decoded(url.username), decoded(url.password));
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
