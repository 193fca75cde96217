import type { SeriesResponse, StoredResult } from '@watchpost/contracts/api/quality';
import { CHART_PHASE_KEYS } from '@watchpost/contracts/results/phase-keys';
import { csvLine } from './csv.ts';

const RESULT_COLUMNS = [
  'id',
  'targetId',
  'vantage',
  'series',
  'agentId',
  'kind',
  'outcome',
  'fault',
  'errorCode',
  'errorText',
  'httpStatus',
  'nameLookupUs',
  'connectUs',
  'appConnectUs',
  'preTransferUs',
  'startTransferUs',
  'totalUs',
  'redirectUs',
  'redirectCount',
  'sizeDownload',
  'sizeDecoded',
  'bodyTruncated',
  'headerSize',
  'requestSize',
  'contentLength',
  'speedDownload',
  'speedTransfer',
  'remoteIp',
  'ipFamily',
  'resolver',
  'httpVersion',
  'tlsVersion',
  'uncertaintyUs',
  'remeasured',
] as const satisfies readonly (keyof StoredResult)[];

const TIME_COLUMNS = [
  'roundAt',
  'startedAt',
  'receivedAt',
  'certExpiresAt',
  'fileTime',
] as const satisfies readonly (keyof StoredResult)[];

/** Results as CSV, a chunk for each; points in time as ISO 8601 in UTC. */
export async function* resultsCsv(results: AsyncIterable<StoredResult>): AsyncIterable<string> {
  yield csvLine([...TIME_COLUMNS, ...RESULT_COLUMNS]);
  for await (const result of results) {
    const times = TIME_COLUMNS.map((column) => isoTime(result[column]));
    yield csvLine([...times, ...RESULT_COLUMNS.map((column) => result[column])]);
  }
}

/** Results as one JSON array, a chunk for each. */
export async function* resultsJson(results: AsyncIterable<StoredResult>): AsyncIterable<string> {
  let separator = '[\n';
  for await (const result of results) {
    yield separator + JSON.stringify(result);
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

const LINE_COLUMNS = [
  'totalAvg',
  'totalMin',
  'totalMax',
  'p50',
  'p90',
  'p95',
  'p99',
  'speedAvg',
  'speedMin',
  'speedMax',
  'availability',
  'coverage',
  'count',
  'down',
  'degraded',
  'unknown',
] as const;

/** A chart's data as CSV: a row for each bucket and line. */
export function* seriesCsv(response: SeriesResponse): Iterable<string> {
  yield csvLine(['bucketAt', 'bucketS', 'vantage', 'series', ...CHART_PHASE_KEYS.map((key) => `${key}Avg`), ...LINE_COLUMNS]);
  for (const line of response.lines) {
    for (const [index, at] of response.buckets.entries()) {
      yield csvLine([
        isoTime(at),
        response.bucketS,
        line.vantage,
        line.series,
        ...CHART_PHASE_KEYS.map((key) => line.phases[key][index] ?? null),
        ...LINE_COLUMNS.map((column) => line[column][index] ?? null),
      ]);
    }
  }
}

function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
