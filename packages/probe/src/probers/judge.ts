import { ERROR_CODES, type ErrorCode } from '@watchpost/contracts/results/error-codes';
import type { ChartPhaseKey } from '@watchpost/contracts/results/phase-keys';
import type { Check } from '@watchpost/contracts/targets/check';
import { evaluateRules } from '../rules/evaluate-rules.ts';
import type { Verdict } from '../rules/evidence.ts';
import type { Failure, Observation } from './prober.ts';

const ERROR_TEXT_LIMIT = 2_048;
/** Share of the measured time that its uncertainty may have, however long it is: it still says how long it took. */
const TOLERATED_SHARE = 0.1;

/**
 * What an overloaded probe may have caused itself: a time that ran out, and a peer that gave up because the probe was silent
 * for too long. Every other failure is what the peer said, whatever the load.
 */
const IN_DOUBT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'dns-timeout',
  'connect-timeout',
  'connect-reset',
  'tls-timeout',
  'tls-failed',
  'reset',
  'early-close',
  'send-failed',
  'first-byte-timeout',
  'total-timeout',
  'slow',
  'ping-timeout',
  'ping-loss',
]);

/**
 * What an observation means. When its timing is too uncertain, only a failure that the load of the probe cannot have caused
 * counts; all else is `probe-overloaded`, which says nothing about the target.
 * @param limits.overloadUs uncertainty up to which a timing counts, whatever its length, µs.
 */
export function judge(check: Check, seen: Observation, limits: { readonly overloadUs: number; readonly nowMs: number }): Verdict {
  const verdict = seen.failure === null ? byRules(check, seen, limits.nowMs) : failed(seen.failure);
  const { uncertaintyUs } = seen;
  const toleratedUs = Math.max(limits.overloadUs, seen.totalUs * TOLERATED_SHARE);
  if (uncertaintyUs === null || uncertaintyUs <= toleratedUs) return verdict;
  const isDefinite = verdict.errorCode !== null && !IN_DOUBT.has(verdict.errorCode);
  if (isDefinite) return verdict;
  const text = `the timing is uncertain by ${Math.round(uncertaintyUs / 1_000)} ms, the limit is ${Math.round(toleratedUs / 1_000)} ms`;
  return failed({ code: 'probe-overloaded', text });
}

function byRules(check: Check, seen: Observation, nowMs: number): Verdict {
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
    nowMs,
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
