import { formatResultId, type Hop, type ResultRecord } from '@watchpost/contracts/results/result';
import { PHASE_KEYS } from '@watchpost/contracts/results/phase-keys';
import type { Phases } from '@watchpost/contracts/results/phases';
import { type StoredResult, storedResultSchema } from '@watchpost/contracts/api/quality';
import { FAULTS, KINDS, NULL_COUNT, NULL_DIFFERENCE, NULL_TIME, NULL_US, OUTCOMES, SERIES, SPEED } from './result-columns.ts';
import type { Row } from './row-binary.ts';

/** A row of `results` as the engine gives it: times as Unix ms. */
export type ResultRow = Readonly<Record<string, string | number>>;

type Cumulative = readonly [
  name: number | null,
  connect: number | null,
  appConnect: number | null,
  preTransfer: number | null,
  startTransfer: number | null,
  redirect: number,
];

/** libcurl's cumulative times as the phases of a measurement without surprises give them. */
function predicted(redirectUs: number, phases: Phases): Cumulative {
  const { dnsUs, connectUs, tlsUs, requestUs, waitUs, receiveUs } = phases;
  const dns = redirectUs + (dnsUs ?? 0);
  const connect = dns + (connectUs ?? 0);
  const secure = connect + (tlsUs ?? 0);
  const start = secure + (requestUs ?? 0) + (waitUs ?? 0);
  return [
    dnsUs === null ? null : dns,
    connectUs === null ? null : connect,
    tlsUs === null ? null : secure,
    requestUs === null ? null : secure,
    receiveUs === null ? null : start,
    redirectUs,
  ];
}

function difference(value: number | null, expected: number | null): number {
  if (value === null) return expected === null ? 0 : NULL_DIFFERENCE;
  return expected === null ? value + 1 : value - expected;
}

function undoDifference(stored: number, expected: number | null): number | null {
  if (stored === NULL_DIFFERENCE) return null;
  if (expected === null) return stored === 0 ? null : stored - 1;
  return expected + stored;
}

function speedColumn(value: number | null, bytes: number, us: number): number {
  if (value === null) return SPEED.null;
  const exact = us === 0 ? 0 : (bytes * 1_000_000) / us;
  if (value === exact) return SPEED.exact;
  if (value === Math.round(exact)) return SPEED.rounded;
  if (value === Math.floor(exact)) return SPEED.floored;
  return value;
}

function undoSpeed(stored: number, bytes: number, us: number): number | null {
  const exact = us === 0 ? 0 : (bytes * 1_000_000) / us;
  if (stored === SPEED.null) return null;
  if (stored === SPEED.exact) return exact;
  if (stored === SPEED.rounded) return Math.round(exact);
  if (stored === SPEED.floored) return Math.floor(exact);
  return stored;
}

const NO_PHASES: Phases = { dnsUs: null, connectUs: null, tlsUs: null, requestUs: null, waitUs: null, receiveUs: null };

/** Time of the hops before the last one, µs: the phase `redirectUs` of the charts. Null: there was no redirect. */
function redirectPhase(hops: readonly Hop[]): number | null {
  if (hops.length < 2) return null;
  let sum = 0;
  for (const hop of hops.slice(0, -1)) for (const key of PHASE_KEYS) sum += hop.phases[key] ?? 0;
  return sum;
}

/** True when one hop says nothing that the columns do not say. */
function isPlain(result: ResultRecord): boolean {
  const [hop] = result.hops;
  if (hop === undefined || result.hops.length > 1) return false;
  return (
    hop.status === result.httpStatus &&
    hop.remoteIp === result.remoteIp &&
    hop.httpVersion === result.httpVersion &&
    hop.tlsVersion === result.tlsVersion
  );
}

/** The row of a result, in the order of `RESULT_COLUMNS`. */
export function toRow(result: ResultRecord, agentId: string, epoch: number, receivedAt: number): Row {
  const last = result.hops.at(-1);
  const phases = last?.phases ?? NO_PHASES;
  const redirect = redirectPhase(result.hops);
  const [name, connect, appConnect, preTransfer, startTransfer, redirectTotal] = predicted(redirect ?? 0, phases);
  return [
    result.targetId,
    result.vantage,
    SERIES.indexOf(result.series),
    KINDS.indexOf(result.kind),
    agentId,
    epoch,
    result.sequence,
    result.roundAt,
    result.startedAt - result.roundAt,
    receivedAt,
    OUTCOMES.indexOf(result.outcome),
    FAULTS.indexOf(result.fault ?? ''),
    result.errorCode ?? '',
    result.errorText ?? '',
    result.httpStatus ?? 0,
    result.totalUs,
    redirect ?? NULL_US,
    phases.dnsUs ?? NULL_US,
    phases.connectUs ?? NULL_US,
    phases.tlsUs ?? NULL_US,
    phases.requestUs ?? NULL_US,
    phases.waitUs ?? NULL_US,
    phases.receiveUs ?? NULL_US,
    difference(result.nameLookupUs, name),
    difference(result.connectUs, connect),
    difference(result.appConnectUs, appConnect),
    difference(result.preTransferUs, preTransfer),
    difference(result.startTransferUs, startTransfer),
    difference(result.redirectUs, redirectTotal),
    last?.url ?? '',
    isPlain(result) ? '' : JSON.stringify(result.hops),
    result.redirectCount,
    result.sizeDownload,
    result.sizeDecoded,
    result.bodyTruncated ? 1 : 0,
    result.headerSize,
    result.requestSize,
    result.contentLength ?? NULL_COUNT,
    speedColumn(result.speedDownload, result.sizeDownload, result.totalUs),
    speedColumn(result.speedTransfer, result.sizeDownload, phases.receiveUs ?? 0),
    result.remoteIp ?? '',
    result.ipFamily ?? 0,
    result.resolver ?? '',
    result.httpVersion ?? '',
    result.tlsVersion ?? '',
    result.certExpiresAt ?? NULL_TIME,
    result.fileTime ?? NULL_TIME,
    result.details === null ? '' : JSON.stringify(result.details),
    result.uncertaintyUs ?? NULL_US,
    result.remeasured ? 1 : 0,
  ];
}

/** Gives back the result that {@link toRow} wrote. An empty text comes back as null. */
export function fromRow(row: ResultRow): StoredResult {
  const number = (name: string): number => Number(row[name]);
  const text = (name: string): string | null => (row[name] === '' ? null : String(row[name]));
  const us = (name: string): number | null => (number(name) === NULL_US ? null : number(name));
  const orNull = (name: string, nothing: number): number | null => (number(name) === nothing ? null : number(name));
  const phases: Phases = {
    dnsUs: us('dns_us'),
    connectUs: us('connect_us'),
    tlsUs: us('tls_us'),
    requestUs: us('request_us'),
    waitUs: us('wait_us'),
    receiveUs: us('receive_us'),
  };
  const [name, connect, appConnect, preTransfer, startTransfer, redirectTotal] = predicted(us('redirect_us') ?? 0, phases);
  const roundAt = number('round_at');
  const totalUs = number('total_us');
  const sizeDownload = number('size_download');
  const httpStatus = orNull('http_status', 0);
  const remoteIp = text('remote_ip');
  const httpVersion = text('http_version');
  const tlsVersion = text('tls_version');
  const hops = text('hops');
  const details = text('details');
  return storedResultSchema.parse({
    id: formatResultId({ agentId: String(row['agent_id']), epoch: number('epoch'), sequence: number('sequence') }),
    receivedAt: number('received_at'),
    targetId: row['target_id'],
    vantage: row['vantage'],
    agentId: row['agent_id'],
    kind: row['kind'],
    series: row['series'],
    roundAt,
    startedAt: roundAt + number('start_offset_ms'),
    outcome: row['outcome'],
    fault: text('fault'),
    errorCode: text('error_code'),
    errorText: text('error_text'),
    httpStatus,
    nameLookupUs: undoDifference(number('name_lookup_diff'), name),
    connectUs: undoDifference(number('connect_diff'), connect),
    appConnectUs: undoDifference(number('app_connect_diff'), appConnect),
    preTransferUs: undoDifference(number('pre_transfer_diff'), preTransfer),
    startTransferUs: undoDifference(number('start_transfer_diff'), startTransfer),
    totalUs,
    redirectUs: undoDifference(number('redirect_diff'), redirectTotal),
    hops: hops === null ? [{ url: row['url'], status: httpStatus, remoteIp, httpVersion, tlsVersion, phases }] : JSON.parse(hops),
    redirectCount: number('redirect_count'),
    sizeDownload,
    sizeDecoded: number('size_decoded'),
    bodyTruncated: number('body_truncated') === 1,
    headerSize: number('header_size'),
    requestSize: number('request_size'),
    contentLength: orNull('content_length', NULL_COUNT),
    speedDownload: undoSpeed(number('speed_download'), sizeDownload, totalUs),
    speedTransfer: undoSpeed(number('speed_transfer'), sizeDownload, phases.receiveUs ?? 0),
    remoteIp,
    ipFamily: orNull('ip_family', 0),
    resolver: text('resolver'),
    httpVersion,
    tlsVersion,
    certExpiresAt: orNull('cert_expires_at', NULL_TIME),
    fileTime: orNull('file_time', NULL_TIME),
    details: details === null ? null : JSON.parse(details),
    uncertaintyUs: us('uncertainty_us'),
    remeasured: number('remeasured') === 1,
  });
}
