import type { ResultRecord } from '@watchpost/contracts/results/result';

/** A result as a probe sends it. */
export function makeRecord(sequence: number, change: Partial<ResultRecord>): ResultRecord {
  const at = Date.now() - 60_000 + sequence;
  return {
    sequence,
    targetId: 'shop',
    vantage: 'ct',
    agentId: '',
    kind: 'http',
    series: 'any',
    roundAt: at,
    startedAt: at,
    outcome: 'up',
    fault: null,
    errorCode: null,
    errorText: null,
    httpStatus: 200,
    nameLookupUs: 100,
    connectUs: 200,
    appConnectUs: null,
    preTransferUs: 210,
    startTransferUs: 400,
    totalUs: 500,
    redirectUs: 0,
    hops: [
      {
        url: 'http://shop.example/',
        status: 200,
        remoteIp: '192.0.2.1',
        httpVersion: '1.1',
        tlsVersion: null,
        phases: { dnsUs: 100, connectUs: 100, tlsUs: null, requestUs: 10, waitUs: 190, receiveUs: 100 },
      },
    ],
    redirectCount: 0,
    sizeDownload: 1000,
    sizeDecoded: 1000,
    bodyTruncated: false,
    headerSize: 200,
    requestSize: 100,
    contentLength: 1000,
    speedDownload: 2_000_000,
    speedTransfer: 10_000_000,
    remoteIp: '192.0.2.1',
    ipFamily: 4,
    resolver: '192.0.2.53:53',
    httpVersion: '1.1',
    tlsVersion: null,
    certExpiresAt: null,
    fileTime: null,
    details: null,
    uncertaintyUs: 100,
    remeasured: false,
    ...change,
  };
}

/** Records as the body of a batch. */
export function ndjson(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
