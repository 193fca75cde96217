import { checkSchema } from '@watchpost/contracts/targets/check';
import { startTimedServer, type TimedEvents } from '@watchpost/testkit/timed-server';
import { formatTimingPlan } from '@watchpost/testkit/timing-plan';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { measure } from './measure.ts';
import { createProbeContext } from './probe-context.ts';
import type { Measurement } from './prober.ts';

const COUNT = 200;
/**
 * Of this many results the error must be within the bound they state. Without the bound it is a tenth of that. The bench
 * asks for 99.9 %, on a machine where nothing else delays the server that tells the truth.
 */
const LEAST_COVERED = 120;

/** The largest difference between a phase (or the total) and what the server saw, µs. */
function largestError(result: Measurement, seen: TimedEvents): number {
  const { dnsRxUs, dnsTxUs, requestRxUs, firstTxUs, lastTxUs } = seen;
  const phases = result.hops[0]?.phases;
  if (dnsRxUs === null || dnsTxUs === null || requestRxUs === null || firstTxUs === null || lastTxUs === null) return Infinity;
  const errors = [
    (phases?.dnsUs ?? NaN) - (dnsTxUs - dnsRxUs),
    (phases?.waitUs ?? NaN) - (firstTxUs - requestRxUs),
    (phases?.receiveUs ?? NaN) - (lastTxUs - firstTxUs),
    result.totalUs - (dnsTxUs - dnsRxUs) - (lastTxUs - requestRxUs),
  ];
  return Math.max(...errors.map(Math.abs));
}

it('states a bound that covers its error while the thread works on other things', async () => {
  await using server = await startTimedServer();
  const context = createProbeContext({ overloadUs: 60_000_000 });
  const over = new AbortController();
  const load = (async () => {
    const text = JSON.stringify(Array.from({ length: 5_000 }, (_, index) => ({ index })));
    for (; !over.signal.aborted; await sleep(10)) JSON.parse(text);
  })();
  const measured = Array.from({ length: COUNT }, async (_, id) => {
    await sleep(id * 8);
    const plan = {
      id,
      dnsMs: [0, 4, 15][id % 3] ?? 0,
      tlsMs: 0,
      waitMs: [0, 20][id % 2] ?? 0,
      bodyMs: [0, 0, 0, 12][id % 4] ?? 0,
    };
    const url = `http://${formatTimingPlan(plan)}:${server.httpPort}/`;
    return measure(checkSchema.parse({ kind: 'http', url, resolver: server.resolver }), context);
  });
  const results = await Promise.all(measured);
  over.abort();
  await load;
  const events = await server.takeEvents();
  await context.close();
  if (!context.loop.isVerified) return expect(results.every((result) => result.uncertaintyUs === null)).toBe(true);
  const covered = results.filter((result, id) => {
    const seen = events.get(id);
    return seen !== undefined && largestError(result, seen) <= (result.uncertaintyUs ?? 0);
  });
  expect(results.every((result) => result.outcome === 'up')).toBe(true);
  expect(covered.length).toBeGreaterThanOrEqual(LEAST_COVERED);
});
