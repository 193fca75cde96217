import type { ResultRecord } from '@watchpost/contracts/results/result';

/** A generator of numbers from 0 to 1 (1 excluded) that gives the same row for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Makes result records as a probe sends them: HTTPS, phases that vary as in life, 1 in 100 down. */
export function createRecordMaker(options: {
  readonly agentId: string;
  readonly vantage: string;
  readonly targetIds: readonly string[];
  /** Round of the first records, Unix ms. Each target is measured once a round. */
  readonly from: number;
  readonly intervalS: number;
  readonly seed?: number;
}): (sequence: number) => ResultRecord {
  const random = createRandom(options.seed ?? 1);
  const { agentId, vantage, targetIds, from, intervalS } = options;
  const skewed = (typical: number) => Math.round(typical * Math.exp((random() + random() + random() - 1.5) * 0.6));
  return (sequence) => {
    const index = (sequence - 1) % targetIds.length;
    const roundAt = from + Math.floor((sequence - 1) / targetIds.length) * intervalS * 1000;
    const isDown = random() < 0.01;
    const phases = {
      dnsUs: skewed(900 + index * 3),
      connectUs: skewed(12_000 + index * 50),
      tlsUs: skewed(25_000 + index * 90),
      requestUs: skewed(60),
      waitUs: skewed(40_000 + index * 200),
      receiveUs: skewed(3_000),
    };
    const nameLookupUs = phases.dnsUs;
    const connectUs = nameLookupUs + phases.connectUs;
    const appConnectUs = connectUs + phases.tlsUs;
    const preTransferUs = appConnectUs;
    const startTransferUs = preTransferUs + phases.requestUs + phases.waitUs;
    const totalUs = startTransferUs + phases.receiveUs;
    const sizeDownload = 14_000 + Math.floor(random() * 400);
    const status = isDown ? 503 : 200;
    const hop = {
      url: `https://www${index}.example.org/`,
      status,
      remoteIp: `203.0.113.${index % 250}`,
      httpVersion: '2',
      tlsVersion: 'TLSv1.3',
      phases,
    };
    return {
      sequence,
      targetId: targetIds[index] ?? 'none',
      vantage,
      agentId,
      kind: 'http',
      series: 'any',
      roundAt,
      startedAt: roundAt + index * 7,
      outcome: isDown ? 'down' : 'up',
      fault: isDown ? 'target' : null,
      errorCode: isDown ? 'status' : null,
      errorText: isDown ? 'status: expected 200-299, got 503' : null,
      httpStatus: status,
      nameLookupUs,
      connectUs,
      appConnectUs,
      preTransferUs,
      startTransferUs,
      totalUs,
      redirectUs: 0,
      hops: [hop],
      redirectCount: 0,
      sizeDownload,
      sizeDecoded: sizeDownload * 4,
      bodyTruncated: false,
      headerSize: 420,
      requestSize: 96,
      contentLength: null,
      speedDownload: (sizeDownload * 1e6) / totalUs,
      speedTransfer: (sizeDownload * 1e6) / phases.receiveUs,
      remoteIp: hop.remoteIp,
      ipFamily: 4,
      resolver: '192.0.2.53:53',
      httpVersion: '2',
      tlsVersion: 'TLSv1.3',
      certExpiresAt: from + 60 * 86_400_000,
      fileTime: null,
      details: null,
      uncertaintyUs: 700 + Math.floor(random() * 400),
      remeasured: false,
    };
  };
}
