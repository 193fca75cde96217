import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTimingPlan, parseTimingPlan } from './timing-plan.ts';

test('a plan survives the way through a host name, in any case of letters', () => {
  const ms = fc.integer({ min: 0, max: 99_999 });
  fc.assert(
    fc.property(
      fc.record({ id: fc.integer({ min: 0, max: 999_999_999 }), dnsMs: ms, tlsMs: ms, waitMs: ms, bodyMs: ms }),
      (plan) => {
        expect(parseTimingPlan(formatTimingPlan(plan))).toEqual(plan);
        expect(parseTimingPlan(formatTimingPlan(plan).toUpperCase())).toEqual(plan);
      },
    ),
  );
});

test('other names are no plans', () => {
  for (const name of ['', 'timed.test', 'i1-d2-t3-w4.timed.test', 'i1-d2-t3-w4-b5.other.test', 'i-1-d2-t3-w4-b5.timed.test']) {
    expect(parseTimingPlan(name)).toBeNull();
  }
});
