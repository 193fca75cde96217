import type { ErrorCode } from '@watchpost/contracts/results/error-codes';
import type { QueryResult } from '../dns/resolver.ts';
import { Stopwatch } from '../timing/stopwatch.ts';
import { BLANK_OBSERVATION, type Observation, type Prober } from './prober.ts';

/** Answers that a result keeps in its details. */
const MAX_ANSWERS_SHOWN = 10;
const DETAIL_LIMIT = 512;

/**
 * Measures one DNS query: the time from the question to the answer, whatever the answer is. A name that exists without
 * records of the type is `dns-no-address` for addresses; for other types it is an answer without values.
 */
export const probeDns: Prober<'dns'> = async (check, context) => {
  const resolver = context.resolvers.get(check.resolver);
  if (resolver === null) {
    return {
      ...BLANK_OBSERVATION,
      failure: { code: 'probe-failed', text: `${check.resolver} is not the address of a resolver` },
    };
  }
  const watch = new Stopwatch(context.loop);
  const timeoutMs = Math.min(check.totalTimeoutMs, check.connectTimeoutMs);
  const name = check.recordType === 'PTR' ? reverseName(check.name) : check.name;
  const asked = resolver.query(name, check.recordType, { timeoutMs, onSend: () => watch.begin(), onStep: () => watch.event() });
  watch.acted();
  const found = await asked;
  const totalUs = found.ok ? watch.arrival() : watch.event();
  return {
    ...BLANK_OBSERVATION,
    ...judged(found, check.recordType),
    nameLookupUs: found.ok ? totalUs : null,
    totalUs,
    hops: [
      {
        url: `dns:${name}?type=${check.recordType}`,
        status: null,
        remoteIp: null,
        httpVersion: null,
        tlsVersion: null,
        phases: { dnsUs: totalUs, connectUs: null, tlsUs: null, requestUs: null, waitUs: null, receiveUs: null },
      },
    ],
    resolver: found.resolver,
    uncertaintyUs: watch.uncertaintyUs(),
  };
};

function judged(found: QueryResult, recordType: string): Pick<Observation, 'failure' | 'answers' | 'details'> {
  if (!found.ok) return { failure: { code: found.code, text: found.text }, answers: [], details: null };
  const shown = found.answers.slice(0, MAX_ANSWERS_SHOWN).join(' ');
  const details = {
    answers: shown.length > DETAIL_LIMIT ? `${shown.slice(0, DETAIL_LIMIT - 3)}...` : shown,
    answerCount: found.answers.length,
    ttlS: found.records.length === 0 ? null : Math.min(...found.records.map(({ ttlS }) => ttlS)),
  };
  const isMissing = found.answers.length === 0 && (recordType === 'A' || recordType === 'AAAA');
  const code: ErrorCode = 'dns-no-address';
  return { failure: isMissing ? { code, text: `there is no ${recordType} record` } : null, answers: found.answers, details };
}

/** `192.0.2.1` → `1.2.0.192.in-addr.arpa`, an IPv6 address likewise; a name stays as it is. */
export function reverseName(host: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return `${host.split('.').reverse().join('.')}.in-addr.arpa`;
  if (!host.includes(':') || !URL.canParse(`http://[${host}]/`)) return host;
  const [head = '', tail] = new URL(`http://[${host}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  const digits = groups.map((group) => group.padStart(4, '0')).join('');
  return `${digits.split('').reverse().join('.')}.ip6.arpa`;
}
