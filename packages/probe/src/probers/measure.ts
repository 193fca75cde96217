import type { Check } from '@watchpost/contracts/targets/check';
import { judge } from './judge.ts';
import { BLANK_OBSERVATION, type Measurement, type Observation, type ProbeContext, type Prober } from './prober.ts';
import { PROBERS } from './table.ts';

/**
 * Measures a check once and judges what was seen. `ipFamily: 'both'` counts as `any` here: the caller makes a series of
 * each family by setting '4' and '6'. Never rejects: a fault of our own is a result with the code `probe-failed`.
 */
export async function measure(check: Check, context: ProbeContext): Promise<Measurement> {
  const startedAt = context.clock.wallMs();
  const seen = await observe(check, context);
  const verdict = judge(check, seen, { overloadUs: context.overloadUs, nowMs: context.clock.wallMs() });
  const receiveUs = seen.hops.at(-1)?.phases.receiveUs ?? null;
  // Written out: copies by spread and rest of forty fields take longer than all rules.
  return {
    kind: check.kind,
    startedAt,
    outcome: verdict.outcome,
    fault: verdict.fault,
    errorCode: verdict.errorCode,
    errorText: verdict.errorText,
    httpStatus: seen.httpStatus,
    nameLookupUs: seen.nameLookupUs,
    connectUs: seen.connectUs,
    appConnectUs: seen.appConnectUs,
    preTransferUs: seen.preTransferUs,
    startTransferUs: seen.startTransferUs,
    totalUs: seen.totalUs,
    redirectUs: seen.redirectUs,
    hops: [...seen.hops],
    redirectCount: seen.redirectCount,
    sizeDownload: seen.sizeDownload,
    sizeDecoded: seen.sizeDecoded,
    bodyTruncated: seen.bodyTruncated,
    headerSize: seen.headerSize,
    requestSize: seen.requestSize,
    contentLength: seen.contentLength,
    speedDownload: bytesPerSecond(seen.sizeDownload, seen.totalUs),
    speedTransfer:
      seen.sizeDownload > 0 && receiveUs !== null && receiveUs > 0 ? bytesPerSecond(seen.sizeDownload, receiveUs) : null,
    remoteIp: seen.remoteIp,
    ipFamily: seen.ipFamily,
    resolver: seen.resolver,
    httpVersion: seen.httpVersion,
    tlsVersion: seen.tlsVersion,
    certExpiresAt: seen.certExpiresAt,
    fileTime: seen.fileTime,
    details: seen.details,
    uncertaintyUs: seen.uncertaintyUs,
  };
}

async function observe(check: Check, context: ProbeContext): Promise<Observation> {
  try {
    const prober = PROBERS[check.kind] as unknown as Prober<Check['kind']> | undefined;
    if (prober === undefined) return { ...BLANK_OBSERVATION, failure: { code: 'probe-unsupported', text: check.kind } };
    return await prober(check, context);
  } catch (error) {
    return { ...BLANK_OBSERVATION, failure: { code: 'probe-failed', text: String(error) } };
  }
}

function bytesPerSecond(bytes: number, us: number): number {
  return us > 0 ? (bytes * 1_000_000) / us : 0;
}
