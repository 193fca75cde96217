import { ERROR_CODES } from '@watchpost/contracts/results/error-codes';
import type { ChartPhaseKey } from '@watchpost/contracts/results/phase-keys';
import type { Check } from '@watchpost/contracts/targets/check';
import { evaluateRules } from '../rules/evaluate-rules.ts';
import type { Verdict } from '../rules/evidence.ts';
import type { Failure, Measurement, Observation, ProbeContext, Prober } from './prober.ts';
import { PROBERS } from './table.ts';
import { BLANK_OBSERVATION } from './prober.ts';

const ERROR_TEXT_LIMIT = 2_048;

/**
 * Measures a check once and judges what was seen. `ipFamily: 'both'` counts as `any` here: the caller makes a series of
 * each family by setting '4' and '6'. Never rejects: a fault of our own is a result with the code `probe-failed`.
 */
export async function measure(check: Check, context: ProbeContext): Promise<Measurement> {
  const startedAt = context.clock.wallMs();
  const seen = await observe(check, context);
  const verdict = judge(check, seen, context);
  const {
    failure: _failure,
    headers: _headers,
    body: _body,
    bodySha256: _bodySha256,
    answers: _answers,
    lossRatio: _lossRatio,
    ...facts
  } = seen;
  const receiveUs = seen.hops.at(-1)?.phases.receiveUs ?? null;
  return {
    kind: check.kind,
    startedAt,
    ...verdict,
    ...facts,
    hops: [...seen.hops],
    speedDownload: bytesPerSecond(seen.sizeDownload, seen.totalUs),
    speedTransfer: seen.sizeDownload > 0 && receiveUs !== null ? bytesPerSecond(seen.sizeDownload, Math.max(receiveUs, 1)) : null,
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

function judge(check: Check, seen: Observation, context: ProbeContext): Verdict {
  const { uncertaintyUs } = seen;
  if (uncertaintyUs !== null && uncertaintyUs > context.overloadUs) {
    const text = `the timing is uncertain by ${Math.round(uncertaintyUs / 1_000)} ms, the limit is ${context.overloadUs / 1_000} ms`;
    return failed({ code: 'probe-overloaded', text });
  }
  if (seen.failure !== null) return failed(seen.failure);
  return evaluateRules(check.rules, {
    kind: check.kind,
    status: seen.httpStatus,
    headers: seen.headers,
    body: seen.body,
    bodySha256: seen.bodySha256,
    bodyTruncated: seen.bodyTruncated,
    phases: chartPhases(seen),
    totalUs: seen.totalUs,
    certExpiresAt: seen.certExpiresAt,
    answers: seen.answers,
    lossRatio: seen.lossRatio,
    nowMs: context.clock.wallMs(),
  });
}

function failed(failure: Failure): Verdict {
  const { fault } = ERROR_CODES[failure.code];
  const outcome = fault === 'probe' ? 'unknown' : 'down';
  return { outcome, fault, errorCode: failure.code, errorText: failure.text.slice(0, ERROR_TEXT_LIMIT) };
}

function chartPhases(seen: Observation): Record<ChartPhaseKey, number | null> {
  const last = seen.hops.at(-1)?.phases;
  return {
    redirectUs: seen.redirectCount > 0 ? seen.redirectUs : null,
    dnsUs: last?.dnsUs ?? null,
    connectUs: last?.connectUs ?? null,
    tlsUs: last?.tlsUs ?? null,
    requestUs: last?.requestUs ?? null,
    waitUs: last?.waitUs ?? null,
    receiveUs: last?.receiveUs ?? null,
  };
}

function bytesPerSecond(bytes: number, us: number): number {
  return us > 0 ? (bytes * 1_000_000) / us : 0;
}
