/** Delays a timed server is asked for, ms. They travel in the host name: `i12-d20-t5-w50-b30.timed.test`. */
export type TimingPlan = {
  readonly id: number;
  /** Before the DNS answer. */
  readonly dnsMs: number;
  /** Between the ClientHello and the server's part of the handshake. */
  readonly tlsMs: number;
  /** Between the request and the first byte of the answer. */
  readonly waitMs: number;
  /** Between the first and the last byte of the answer. */
  readonly bodyMs: number;
};

export const TIMED_DOMAIN = 'timed.test';

export function formatTimingPlan(plan: TimingPlan): string {
  return `i${plan.id}-d${plan.dnsMs}-t${plan.tlsMs}-w${plan.waitMs}-b${plan.bodyMs}.${TIMED_DOMAIN}`;
}

/** Reads what {@link formatTimingPlan} writes; null when the name is another one. */
export function parseTimingPlan(name: string): TimingPlan | null {
  const match = /^i(\d{1,9})-d(\d{1,5})-t(\d{1,5})-w(\d{1,5})-b(\d{1,5})\.timed\.test$/.exec(name.toLowerCase());
  if (match === null) return null;
  const [id, dnsMs, tlsMs, waitMs, bodyMs] = match.slice(1).map(Number);
  if (id === undefined || dnsMs === undefined || tlsMs === undefined || waitMs === undefined || bodyMs === undefined) return null;
  return { id, dnsMs, tlsMs, waitMs, bodyMs };
}
