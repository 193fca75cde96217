/** What `ping` printed. Round trips in µs; null when there was none. */
export type PingReport = {
  readonly sent: number;
  readonly received: number;
  readonly minUs: number | null;
  readonly meanUs: number | null;
  readonly maxUs: number | null;
  /** Time to live of the first reply. */
  readonly ttl: number | null;
  /** What a router on the way, or the own system, said of the target. */
  readonly unreachable: 'host' | 'network' | null;
};

/**
 * Reads the output of `ping -n` of iputils (and of busybox) in the C locale. Round trips are those of the replies, each
 * sequence once: a duplicate is no second reply. Null: it is not the output of ping.
 */
export function parsePing(text: string): PingReport | null {
  const summary = /(\d+) packets transmitted, (\d+)(?: packets)? received/.exec(text);
  if (summary === null) {
    const unreachable = unreachableIn(text);
    return unreachable === null ? null : { sent: 0, received: 0, minUs: null, meanUs: null, maxUs: null, ttl: null, unreachable };
  }
  const replies = new Map<string, number>();
  for (const [, sequence = '', ms = ''] of text.matchAll(/seq=(\d+)[^\n]*?time[=<]([\d.]+) ms/g)) {
    if (!replies.has(sequence)) replies.set(sequence, Math.round(Number(ms) * 1_000));
  }
  const times = [...replies.values()];
  const ttl = /[ (]ttl=(\d+)/i.exec(text)?.[1];
  const isEmpty = times.length === 0;
  return {
    sent: Number(summary[1]),
    received: Math.min(Number(summary[2]), Number(summary[1])),
    minUs: isEmpty ? null : Math.min(...times),
    meanUs: isEmpty ? null : Math.round(times.reduce((sum, us) => sum + us, 0) / times.length),
    maxUs: isEmpty ? null : Math.max(...times),
    ttl: ttl === undefined ? null : Number(ttl),
    unreachable: unreachableIn(text),
  };
}

function unreachableIn(text: string): PingReport['unreachable'] {
  if (/network is unreachable|network unreachable|destination net unreachable|no route$/im.test(text)) return 'network';
  return /(host|port|protocol) unreachable|no route to host|address unreachable|prohibited/i.test(text) ? 'host' : null;
}
