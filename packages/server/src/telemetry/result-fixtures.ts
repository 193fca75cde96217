import type { ResultRecord } from '@watchpost/contracts/results/result';

/** A plain, successful HTTP result for tests; `changes` overrule it. Phases sum to the total. */
export function resultRecord(changes: Partial<ResultRecord> & { readonly sequence: number }): ResultRecord {
  const roundAt = changes.roundAt ?? 1_760_000_040_000;
  const phases = { dnsUs: 1_200, connectUs: 8_300, tlsUs: 17_000, requestUs: 90, waitUs: 42_000, receiveUs: 5_410 };
  return {
    targetId: 'shop',
    vantage: 'ct',
    agentId: 'agent-1',
    kind: 'http',
    series: 'any',
    roundAt,
    startedAt: roundAt + 37,
    outcome: 'up',
    fault: null,
    errorCode: null,
    errorText: null,
    httpStatus: 200,
    nameLookupUs: 1_200,
    connectUs: 9_500,
    appConnectUs: 26_500,
    preTransferUs: 26_510,
    startTransferUs: 68_590,
    totalUs: 74_000,
    redirectUs: 0,
    hops: [{ url: 'https://shop.example/', status: 200, remoteIp: '192.0.2.7', httpVersion: '2', tlsVersion: 'TLSv1.3', phases }],
    redirectCount: 0,
    sizeDownload: 14_200,
    sizeDecoded: 60_000,
    bodyTruncated: false,
    headerSize: 420,
    requestSize: 130,
    contentLength: 14_200,
    speedDownload: 191_891,
    speedTransfer: 2_624_768,
    remoteIp: '192.0.2.7',
    ipFamily: 4,
    resolver: '192.0.2.53:53',
    httpVersion: '2',
    tlsVersion: 'TLSv1.3',
    certExpiresAt: 1_790_000_000_000,
    fileTime: null,
    details: null,
    uncertaintyUs: 210,
    remeasured: false,
    ...changes,
  };
}

/** The same result with another time of waiting: total and cumulative times follow. */
export function withWait(record: ResultRecord, waitUs: number): ResultRecord {
  const hop = record.hops[0];
  if (hop === undefined) return record;
  const more = waitUs - (hop.phases.waitUs ?? 0);
  return {
    ...record,
    totalUs: record.totalUs + more,
    startTransferUs: (record.startTransferUs ?? 0) + more,
    hops: [{ ...hop, phases: { ...hop.phases, waitUs } }],
  };
}
