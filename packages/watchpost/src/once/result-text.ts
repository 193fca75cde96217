import { ERROR_CODES } from '@watchpost/contracts/results/error-codes';
import { PHASE_KEYS, type PhaseKey } from '@watchpost/contracts/results/phase-keys';
import type { Hop, Result } from '@watchpost/contracts/results/result';
import { type Check, checkAddress } from '@watchpost/contracts/targets/check';
import { escapeControls } from '@watchpost/probe/rules/shown';

const PHASE_NAMES: Readonly<Record<PhaseKey, string>> = {
  dnsUs: 'DNS lookup',
  connectUs: 'TCP connect',
  tlsUs: 'TLS handshake',
  requestUs: 'request sent',
  waitUs: 'first byte',
  receiveUs: 'receive',
};
const BAR_WIDTH = 40;

/** A result for people: what came of it, the phases of each hop as bars, and the facts. Ends with a line break. */
export function resultText(result: Result, check: Check): string {
  const title = `${result.outcome.toUpperCase().padEnd(9)}${plain(checkAddress(check))}${result.series === 'any' ? '' : ` (${result.series})`}`;
  const lines = [title, ...failureLines(result), ''];
  result.hops.forEach((hop, index) => lines.push(...hopLines(hop, index, result)));
  lines.push(`  ${'total'.padEnd(15)}${ms(result.totalUs).padStart(11)}`, '');
  for (const [name, value] of facts(result)) lines.push(`  ${name.padEnd(15)}${value}`);
  return `${lines.join('\n')}\n`;
}

function failureLines({ errorCode, errorText, fault }: Result): readonly string[] {
  if (errorCode === null) return [];
  const text = errorText === null || errorText === '' ? '' : ` (${plain(errorText)})`;
  return [`  ${errorCode}: ${ERROR_CODES[errorCode].text}${text}`, `  fault: ${fault ?? 'none'}`];
}

function hopLines(hop: Hop, index: number, { hops, totalUs }: Result): readonly string[] {
  const lines = hops.length > 1 ? [`  ${index + 1}. ${hop.status ?? '-'} ${plain(hop.url)}`] : [];
  let fromUs = hops
    .slice(0, index)
    .reduce((sum, { phases }) => sum + PHASE_KEYS.reduce((all, key) => all + (phases[key] ?? 0), 0), 0);
  for (const key of PHASE_KEYS) {
    const us = hop.phases[key];
    if (us === null) continue;
    lines.push(`  ${PHASE_NAMES[key].padEnd(15)}${ms(us).padStart(11)}  ${bar(fromUs, us, totalUs)}`);
    fromUs += us;
  }
  return lines;
}

function bar(fromUs: number, us: number, totalUs: number): string {
  if (totalUs === 0) return '';
  const start = Math.min(BAR_WIDTH - 1, Math.floor((fromUs / totalUs) * BAR_WIDTH));
  const length = Math.max(1, Math.round((us / totalUs) * BAR_WIDTH));
  return `${' '.repeat(start)}${'█'.repeat(Math.min(length, BAR_WIDTH - start))}`;
}

function facts(result: Result): readonly (readonly [string, string])[] {
  const rows: (readonly [string, string | number | null])[] = [
    ['status', result.httpStatus],
    ['address', result.remoteIp],
    ['resolver', result.resolver],
    ['HTTP', result.httpVersion],
    ['TLS', result.tlsVersion],
    ['certificate', result.certExpiresAt === null ? null : `until ${new Date(result.certExpiresAt).toISOString()}`],
    ['redirects', result.redirectCount === 0 ? null : result.redirectCount],
    [
      'body',
      result.kind === 'http'
        ? `${result.sizeDownload} bytes${decoded(result)}${result.bodyTruncated ? ', cut at the limit' : ''}`
        : null,
    ],
    ['speed', result.speedDownload === 0 ? null : `${Math.round(result.speedDownload)} bytes/s`],
    ...Object.entries(result.details ?? {}).map(
      ([name, value]) => [plain(name), value === null ? null : plain(String(value))] as const,
    ),
    ['uncertainty', result.uncertaintyUs === null ? 'not verified' : `${ms(result.uncertaintyUs)} at most`],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)] as const]));
}

function decoded({ sizeDownload, sizeDecoded }: Result): string {
  return sizeDecoded === sizeDownload ? '' : ` (${sizeDecoded} decoded)`;
}

function ms(us: number): string {
  return `${(us / 1_000).toFixed(3)} ms`;
}

/** What a target sent must not steer the terminal. */
function plain(text: string): string {
  return escapeControls(text).replace(/\\(["\\])/g, '$1');
}
