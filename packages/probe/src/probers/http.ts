import { BodySink } from '../http/body-sink.ts';
import { statedLength } from '../http/body-framing.ts';
import { closeConnection, type Connection } from '../http/connection.ts';
import { Failed } from '../http/failed.ts';
import { HopTrail } from '../http/hop-trail.ts';
import { exchangeHttp1, type Exchanged } from '../http/http1-exchange.ts';
import { exchangeHttp2 } from '../http/http2-exchange.ts';
import { openConnection } from '../http/open-connection.ts';
import { redirectTarget } from '../http/redirect.ts';
import { firstRequest, redirectedRequest, type HttpRequest } from '../http/request.ts';
import { headerValues } from '../http/response-head.ts';
import { Run } from '../http/run.ts';
import { rulesNeedBody } from '../rules/evaluate-rules.ts';
import type { Failure, Observation, Prober } from './prober.ts';

/** Bytes of the body of a redirect that are read (and thrown away), as curl reads them to use the connection again. */
const MAX_REDIRECT_BODY_BYTES = 65_536;

/**
 * Measures an HTTP or HTTPS exchange over a connection of its own, redirects included. A redirect to the same origin uses
 * the same connection, as curl and browsers do: its hop has no lookup, connect and TLS phase. With `maxRedirects` 0 a
 * redirect is the final answer.
 */
export const probeHttp: Prober<'http'> = async (check, context) => {
  const run = new Run(check, context);
  let connection: Connection | null = null;
  let last: Exchanged | null = null;
  let failure: Failure | null = null;
  try {
    let request: HttpRequest | null = firstRequest(check);
    while (request !== null) {
      run.hops.push(new HopTrail(request.url, run.watch.pointUs));
      connection = await connectionFor(run, request, connection, last);
      last = await exchange(run, connection, request);
      request = followed(run, request);
    }
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    failure = error.failure;
  } finally {
    run.close();
    if (connection !== null) closeConnection(connection);
  }
  if (failure === null && last !== null) failure = await last.sink.finish();
  return observation(run, failure);
};

async function connectionFor(
  run: Run,
  request: HttpRequest,
  before: Connection | null,
  last: Exchanged | null,
): Promise<Connection> {
  if (before !== null) {
    if (before.url.origin === request.url.origin && last?.isReusable === true) {
      run.trail.phase = 'requestUs';
      run.trail.remoteIp = before.remoteIp;
      run.trail.tlsVersion = before.tlsVersion;
      return before;
    }
    closeConnection(before);
  }
  return openConnection(run, request.url);
}

function exchange(run: Run, connection: Connection, request: HttpRequest): Promise<Exchanged> {
  const { check } = run;
  const isKept = rulesNeedBody(check.rules.filter((rule) => rule.type !== 'body-hash'));
  const isHashed = check.rules.some((rule) => rule.type === 'body-hash');
  const exchangeOver = connection.session === null ? exchangeHttp1 : exchangeHttp2;
  return exchangeOver(run, connection, request, ({ status, headers }, events) => {
    const isFollowed = check.maxRedirects > 0 && redirectTarget(request.url, status, headers) !== null;
    if (isFollowed) return new BodySink([], { maxBytes: MAX_REDIRECT_BODY_BYTES, isKept: false, isHashed: false }, events);
    return new BodySink(headers, { maxBytes: check.maxBodyBytes, isKept, isHashed }, events);
  });
}

/** The next request, when the answer is a redirect that is to be followed. */
function followed(run: Run, request: HttpRequest): HttpRequest | null {
  const { check, trail } = run;
  if (check.maxRedirects === 0 || trail.status === null) return null;
  const target = redirectTarget(request.url, trail.status, trail.headers);
  if (target === null) return null;
  if (run.hops.length > check.maxRedirects) {
    throw new Failed('too-many-redirects', `more than ${check.maxRedirects}; the next one leads to ${target.href.slice(0, 200)}`);
  }
  return redirectedRequest(request, trail.status, target);
}

function observation(run: Run, failure: Failure | null): Observation {
  const { hops, trail } = run;
  const fileTime = Date.parse(headerValues(trail.headers, 'last-modified')[0] ?? '');
  const times = cumulativeTimes(hops);
  // All fields written out: spreading objects of forty fields costs more than reading the answer.
  return {
    failure,
    nameLookupUs: times.nameLookupUs,
    connectUs: times.connectUs,
    appConnectUs: times.appConnectUs,
    preTransferUs: times.preTransferUs,
    startTransferUs: times.startTransferUs,
    totalUs: times.totalUs,
    redirectUs: times.redirectUs,
    details: null,
    answers: null,
    lossRatio: null,
    httpStatus: trail.status,
    hops: hops.map((hop) => hop.hop()),
    redirectCount: hops.length - 1,
    sizeDownload: trail.sink?.wireBytes ?? 0,
    sizeDecoded: trail.sink?.decodedBytes ?? 0,
    bodyTruncated: trail.sink?.isTruncated ?? false,
    headerSize: hops.reduce((sum, hop) => sum + hop.headerBytes, 0),
    requestSize: hops.reduce((sum, hop) => sum + hop.requestBytes, 0),
    contentLength: statedLength(trail.headers),
    remoteIp: trail.remoteIp,
    ipFamily: run.ipFamily,
    resolver: run.resolver,
    httpVersion: trail.httpVersion,
    tlsVersion: trail.tlsVersion,
    certExpiresAt: run.certExpiresAt,
    fileTime: Number.isNaN(fileTime) ? null : fileTime,
    uncertaintyUs: run.watch.uncertaintyUs(),
    headers: trail.headers,
    body: trail.sink?.body() ?? null,
    bodySha256: trail.sink?.sha256() ?? null,
  };
}

type Times = Pick<
  Observation,
  'nameLookupUs' | 'connectUs' | 'appConnectUs' | 'preTransferUs' | 'startTransferUs' | 'totalUs' | 'redirectUs'
>;

/**
 * libcurl's times: each is counted from the start of its request, and those of all requests are added
 * (`Curl_pgrsTimeWas` in lib/progress.c). A point that the last request did not reach is null.
 */
function cumulativeTimes(hops: readonly HopTrail[]): Times {
  const last = hops.at(-1);
  const sum = (phase: 'dnsUs' | 'connectUs' | 'tlsUs' | 'waitUs'): number | null => {
    const passed = hops.map((hop) => hop.passedUs(phase)).filter((us) => us !== null);
    const isReached = last !== undefined && !hasFailedBefore(last, phase);
    return isReached && passed.length > 0 ? passed.reduce((total, us) => total + us, 0) : null;
  };
  const connectUs = sum('connectUs');
  const isReady = last !== undefined && !hasFailedBefore(last, 'tlsUs');
  return {
    nameLookupUs: sum('dnsUs'),
    connectUs,
    appConnectUs: sum('tlsUs'),
    preTransferUs: isReady
      ? hops.reduce((total, hop) => total + (hop.passedUs('tlsUs') ?? hop.passedUs('connectUs') ?? 0), 0)
      : null,
    startTransferUs: sum('waitUs'),
    totalUs: last?.endUs ?? 0,
    redirectUs: last?.startUs ?? 0,
  };
}

const ORDER = ['dnsUs', 'connectUs', 'tlsUs', 'requestUs', 'waitUs', 'receiveUs'] as const;

/** Whether the exchange ended before it got past a phase. */
function hasFailedBefore(hop: HopTrail, phase: (typeof ORDER)[number]): boolean {
  return ORDER.indexOf(hop.phase) <= ORDER.indexOf(phase);
}
