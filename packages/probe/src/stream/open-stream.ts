import { isIPv6 } from 'node:net';
import type { Check, HttpCheck, TcpCheck, TlsCheck } from '@watchpost/contracts/targets/check';
import { Failed } from '../http/failed.ts';
import { HopTrail } from '../http/hop-trail.ts';
import { openConnection } from '../http/open-connection.ts';
import type { Connection } from '../http/connection.ts';
import { Run } from '../http/run.ts';
import { BLANK_OBSERVATION, type Failure, type Observation, type ProbeContext } from '../probers/prober.ts';

/**
 * Measures a connection without an exchange: name lookup and TCP connect as for HTTP (same resolver, same addresses in the
 * same order), then what `next` does on it. Both timeouts apply; all of it counts as connecting.
 */
export async function measureStream(
  check: TcpCheck | TlsCheck,
  context: ProbeContext,
  next: (connection: Connection, run: Run) => Promise<void>,
): Promise<Observation> {
  const run = new Run(asHttpCheck(check), context);
  const host = isIPv6(check.host) ? `[${check.host}]` : check.host;
  let failure: Failure | null = null;
  let connection: Connection | null = null;
  try {
    const url = URL.parse(`http://${host}:${check.port}/`);
    if (url === null) throw new Failed('probe-failed', `${check.host} is not a host name`);
    run.hops.push(new HopTrail(url, 0));
    connection = await openConnection(run, url);
    await next(connection, run);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    failure = error.failure;
  } finally {
    run.close();
    connection?.socket.destroy();
  }
  return observation(check, run, failure);
}

function observation(check: Check & { kind: 'tcp' | 'tls' }, run: Run, failure: Failure | null): Observation {
  const { watch } = run;
  const trail = run.hops.at(-1);
  if (trail === undefined) return { ...BLANK_OBSERVATION, failure };
  const phases = trail.phases();
  const hop = { ...trail.hop(), url: `${check.kind}://${isIPv6(check.host) ? `[${check.host}]` : check.host}:${check.port}` };
  const passed = (us: number | null, before: number) => (us === null ? null : before + us);
  const nameLookupUs = phases.dnsUs;
  const connectUs = passed(phases.connectUs, nameLookupUs ?? 0);
  const appConnectUs = passed(phases.tlsUs, connectUs ?? 0);
  const failedIn = failure === null ? null : trail.phase;
  return {
    ...BLANK_OBSERVATION,
    failure,
    nameLookupUs: failedIn === 'dnsUs' ? null : nameLookupUs,
    connectUs: failedIn === 'connectUs' ? null : connectUs,
    appConnectUs: failedIn === 'tlsUs' ? null : appConnectUs,
    totalUs: (phases.dnsUs ?? 0) + (phases.connectUs ?? 0) + (phases.tlsUs ?? 0) + (phases.requestUs ?? 0),
    hops: [hop],
    remoteIp: trail.remoteIp,
    ipFamily: run.ipFamily,
    resolver: run.resolver,
    tlsVersion: trail.tlsVersion,
    certExpiresAt: run.certExpiresAt,
    uncertaintyUs: watch.uncertaintyUs(),
  };
}

/** The measurement of a connection runs like the beginning of an HTTP one: with its resolver, address family and timeouts. */
function asHttpCheck(check: TcpCheck | TlsCheck): HttpCheck {
  const { ipFamily, resolver, connectTimeoutMs, rules } = check;
  return {
    kind: 'http',
    url: 'http://target/',
    method: 'GET',
    headers: [],
    body: null,
    auth: null,
    httpVersion: '1.1',
    maxRedirects: 0,
    maxBodyBytes: 0,
    tlsVerify: check.kind === 'tls' && check.tlsVerify,
    caPem: check.kind === 'tls' ? check.caPem : null,
    ipFamily,
    resolver,
    connectTimeoutMs,
    totalTimeoutMs: Math.min(connectTimeoutMs, check.totalTimeoutMs),
    rules,
  };
}
