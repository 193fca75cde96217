import type { TimedEvents } from './timed-server.ts';

const beginOf = (event: TimedEvents): number => event.dnsRxUs ?? event.helloRxUs ?? event.requestRxUs ?? 0;

/**
 * Puts together what the DNS and the web server saw: a request belongs to the first name lookup of its plan since the
 * request before. In the order in which they began.
 */
export function joinEvents(fromDns: readonly TimedEvents[], fromWeb: readonly TimedEvents[]): readonly TimedEvents[] {
  const lookups = Map.groupBy(
    fromDns.toSorted((a, b) => beginOf(a) - beginOf(b)),
    (event) => event.id,
  );
  const joined: TimedEvents[] = [];
  for (const event of fromWeb.toSorted((a, b) => beginOf(a) - beginOf(b))) {
    const waiting = lookups.get(event.id) ?? [];
    const before = waiting.findIndex((lookup) => beginOf(lookup) > beginOf(event));
    const [first] = waiting.splice(0, before === -1 ? waiting.length : before);
    joined.push(first === undefined ? event : { ...event, dnsRxUs: first.dnsRxUs, dnsTxUs: first.dnsTxUs });
  }
  // Names that were looked up although no request has followed yet.
  joined.push(...[...lookups.values()].flat());
  return joined.toSorted((a, b) => beginOf(a) - beginOf(b));
}
