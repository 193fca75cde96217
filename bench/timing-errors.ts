import type { TimedEvents } from '@watchpost/testkit/timed-server';

/** Cumulative times of a measurement in µs, as libcurl counts them; null: not reached. */
export type MeasuredTimes = {
  readonly nameLookupUs: number;
  readonly connectUs: number;
  readonly appConnectUs: number | null;
  readonly startTransferUs: number;
  readonly totalUs: number;
};

/** Measured minus true, µs, of each phase. */
export type TimingErrors = Readonly<Record<'dns' | 'connect' | 'tls' | 'firstByte' | 'body' | 'total', number | null>>;

/**
 * Compares a measurement with what the servers saw. The events that end the phases are the moments at which the servers
 * put the bytes into the client's socket, so the differences between them are true whatever the load of the web server.
 * A connect on loopback ends within the system call: its true time counts as 0. The TLS handshake is counted from the DNS
 * answer, with the client's own arithmetic as an error. Null when the servers have not seen it all.
 */
export function timingErrors(measured: MeasuredTimes, seen: TimedEvents | undefined): TimingErrors | null {
  if (seen === undefined) return null;
  const { dnsRxUs, dnsTxUs, helloTxUs, firstTxUs, lastTxUs } = seen;
  if (dnsRxUs === null || dnsTxUs === null || firstTxUs === null || lastTxUs === null) return null;
  const { nameLookupUs, connectUs, appConnectUs, startTransferUs, totalUs } = measured;
  return {
    dns: nameLookupUs - (dnsTxUs - dnsRxUs),
    connect: connectUs - nameLookupUs,
    tls: appConnectUs === null || helloTxUs === null ? null : appConnectUs - nameLookupUs - (helloTxUs - dnsTxUs),
    firstByte: startTransferUs - nameLookupUs - (firstTxUs - dnsTxUs),
    body: totalUs - startTransferUs - (lastTxUs - firstTxUs),
    total: totalUs - (lastTxUs - dnsRxUs),
  };
}
