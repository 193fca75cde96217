import { type ChildProcess, spawn } from 'node:child_process';
import { isIP, isIPv6 } from 'node:net';
import type { IcmpCheck } from '@watchpost/contracts/targets/check';
import { parsePing } from '../ping/parse-ping.ts';
import { Stopwatch } from '../timing/stopwatch.ts';
import { BLANK_OBSERVATION, type Failure, type Observation, type ProbeContext, type Prober } from './prober.ts';

/** Bytes of output of `ping` that are read; 20 replies take about 2 KB. */
const MAX_OUTPUT_BYTES = 16_384;
/** Between two echo requests, s: what ping allows everybody. */
const INTERVAL_S = 0.2;
/** `ping` is ended so long after it should have ended by itself, ms. */
const GRACE_MS = 1_000;

/**
 * Measures echo requests with the `ping` of the system (iputils; it has the right to, this process needs none). The
 * address is looked up here, so the resolver of the check is used. Total time: name lookup plus the mean round trip,
 * which ping measures: what load does to its timing is not known here, so the result states no uncertainty.
 */
export const probeIcmp: Prober<'icmp'> = async (check, context) => {
  const watch = new Stopwatch(context.loop);
  const found = await lookUp(check, context, watch);
  if ('failure' in found) return { ...BLANK_OBSERVATION, ...found, lossRatio: null };
  const { address, resolver, dnsUs } = found;
  const output = await runPing(pingArguments(check, address), check, context);
  const base: Observation = {
    ...BLANK_OBSERVATION,
    nameLookupUs: dnsUs,
    totalUs: dnsUs ?? 0,
    remoteIp: address,
    ipFamily: isIPv6(address) ? 6 : 4,
    resolver,
  };
  if ('failure' in output) return { ...base, ...output, hops: [hop(check.host, address, dnsUs, null)] };
  const ping = parsePing(output.text);
  if (ping === null) {
    const text = output.text.trim().slice(0, 200);
    return {
      ...base,
      failure: { code: 'probe-failed', text: `ping said: ${text}` },
      hops: [hop(check.host, address, dnsUs, null)],
    };
  }
  const isLost = ping.received === 0;
  return {
    ...base,
    failure: isLost ? lostFailure(ping.unreachable, check) : null,
    totalUs: (dnsUs ?? 0) + (ping.meanUs ?? 0),
    startTransferUs: ping.meanUs === null ? null : (dnsUs ?? 0) + ping.meanUs,
    hops: [hop(check.host, address, dnsUs, ping.meanUs)],
    lossRatio: ping.sent === 0 ? null : (ping.sent - ping.received) / ping.sent,
    details: {
      sent: ping.sent,
      received: ping.received,
      rttMinUs: ping.minUs,
      rttMeanUs: ping.meanUs,
      rttMaxUs: ping.maxUs,
      ttl: ping.ttl,
    },
  };
};

type Looked = { readonly address: string; readonly resolver: string | null; readonly dnsUs: number | null };

async function lookUp(
  check: IcmpCheck,
  context: ProbeContext,
  watch: Stopwatch,
): Promise<Looked | Pick<Observation, 'failure' | 'totalUs' | 'hops' | 'resolver'>> {
  if (isIP(check.host) !== 0) return { address: check.host, resolver: null, dnsUs: null };
  const resolver = context.resolvers.get(check.resolver);
  const failed = (failure: Failure, by: string | null) => {
    const totalUs = watch.event();
    return { failure, totalUs, hops: [hop(check.host, null, totalUs, null)], resolver: by };
  };
  if (resolver === null)
    return failed({ code: 'probe-failed', text: `${check.resolver} is not the address of a resolver` }, null);
  const family = check.ipFamily === 'both' ? 'any' : check.ipFamily;
  const lookup = resolver.lookup(check.host, family, {
    timeoutMs: check.connectTimeoutMs,
    onSend: () => watch.begin(),
    onStep: () => watch.event(),
  });
  watch.acted();
  const found = await lookup;
  if (!found.ok) return failed({ code: found.code, text: found.text }, found.resolver);
  const [address] = found.addresses;
  if (address === undefined) return failed({ code: 'dns-no-address', text: `${check.host} has no address` }, found.resolver);
  return { address, resolver: found.resolver, dnsUs: found.resolver === null ? watch.done() : watch.event() };
}

function pingArguments(check: IcmpCheck, address: string): readonly string[] {
  const family = isIPv6(address) ? '-6' : '-4';
  const waitS = Math.max(1, Math.ceil(check.connectTimeoutMs / 1_000));
  const deadlineS = Math.max(1, Math.ceil(check.totalTimeoutMs / 1_000));
  return [
    family,
    '-n',
    '-i',
    String(INTERVAL_S),
    '-c',
    String(check.count),
    '-W',
    String(waitS),
    '-w',
    String(deadlineS),
    '--',
    address,
  ];
}

function runPing(
  args: readonly string[],
  check: IcmpCheck,
  context: ProbeContext,
): Promise<{ readonly text: string } | { readonly failure: Failure }> {
  return new Promise((resolve) => {
    const child: ChildProcess = spawn('ping', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    });
    let text = '';
    let failure: Failure | null = null;
    const end = (reason: Failure): void => {
      failure ??= reason;
      child.kill('SIGKILL');
    };
    const cancel = (): void => end({ code: 'probe-failed', text: 'the probe was stopped while it measured' });
    const timer = setTimeout(
      () => end({ code: 'ping-timeout', text: 'ping did not end in time' }),
      check.totalTimeoutMs + GRACE_MS,
    );
    context.running.add(cancel);
    const read = (bytes: Buffer): void => {
      if (text.length < MAX_OUTPUT_BYTES) text += bytes.toString('latin1');
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'ENOENT' || error.code === 'EACCES' ? 'probe-unsupported' : 'probe-failed';
      failure ??= { code, text: `ping cannot be run: ${error.message}` };
      finish();
    });
    child.on('close', finish);
    function finish(): void {
      clearTimeout(timer);
      context.running.delete(cancel);
      if (failure !== null) resolve({ failure });
      else if (/operation not permitted|permission denied|lacking privilege/i.test(text)) {
        resolve({ failure: { code: 'probe-unsupported', text: 'ping has no right to send echo requests on this machine' } });
      } else resolve({ text });
    }
  });
}

function lostFailure(unreachable: 'host' | 'network' | null, check: IcmpCheck): Failure {
  if (unreachable === 'host')
    return { code: 'host-unreachable', text: 'a router on the way says that the host cannot be reached' };
  if (unreachable === 'network') return { code: 'network-unreachable', text: 'there is no route to the network' };
  return { code: 'ping-timeout', text: `none of ${check.count} echo requests was answered` };
}

function hop(host: string, remoteIp: string | null, dnsUs: number | null, waitUs: number | null): Observation['hops'][number] {
  const phases = { dnsUs, connectUs: null, tlsUs: null, requestUs: null, waitUs, receiveUs: null };
  return { url: `icmp:${host}`, status: null, remoteIp, httpVersion: null, tlsVersion: null, phases };
}
