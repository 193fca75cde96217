import type { CheckInput } from '@watchpost/contracts/targets/check';
import type { TimedEvents, TimedServer } from '@watchpost/testkit/timed-server';
import { formatTimingPlan } from '@watchpost/testkit/timing-plan';
import type { MeasuredTimes } from './timing-errors.ts';

/** One measurement by any tool, and when it began (Unix ms). */
export type Sample = {
  readonly plan: number;
  readonly startedAt: number;
  readonly times: MeasuredTimes;
  /** The bound the tool gives for its error; null: none. */
  readonly uncertaintyUs: number | null;
};

/** The servers begin to see a measurement at most this long after its start, ms. */
const SEEN_WITHIN_MS = 2_000;
/** Whole milliseconds of two clocks. */
const CLOCK_STEP_MS = 3;

export const isTlsPlan = (plan: number): boolean => plan % 2 === 1;

/** The address of a plan: half HTTPS, delays that vary. */
export function addressOf(plan: number, server: TimedServer): string {
  const pick = (values: readonly number[], step: number) => values[Math.floor(plan / step) % values.length] ?? 0;
  const isTls = isTlsPlan(plan);
  const name = formatTimingPlan({
    id: plan,
    dnsMs: pick([5, 20], 2),
    tlsMs: isTls ? pick([0, 10], 4) : 0,
    waitMs: pick([0, 20, 50], 8),
    bodyMs: pick([0, 15, 30], 24),
  });
  return `${isTls ? 'https' : 'http'}://${name}:${isTls ? server.httpsPort : server.httpPort}/`;
}

export function checkOf(plan: number, server: TimedServer): CheckInput {
  return {
    kind: 'http',
    url: addressOf(plan, server),
    resolver: server.resolver,
    caPem: isTlsPlan(plan) ? server.caPem : null,
    ipFamily: '4',
  };
}

/** What the servers saw of each of these samples, which are of one tool; undefined: nothing. */
export function eventsOf(
  samples: readonly Sample[],
  events: readonly TimedEvents[],
): readonly { readonly sample: Sample; readonly seen: TimedEvents | undefined }[] {
  const unixMinusMonotonicMs = Date.now() - Number(process.hrtime.bigint()) / 1e6;
  const waiting = Map.groupBy(events, (event) => event.id);
  return samples
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map((sample) => {
      const own = waiting.get(sample.plan) ?? [];
      const index = own.findIndex((event) => {
        const afterMs = (event.dnsRxUs ?? Number.NaN) / 1e3 + unixMinusMonotonicMs - sample.startedAt;
        return afterMs >= -CLOCK_STEP_MS && afterMs <= SEEN_WITHIN_MS;
      });
      return { sample, seen: index === -1 ? undefined : own.splice(index, 1)[0] };
    });
}
