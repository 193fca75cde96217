import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SequenceSet } from './sequence-set.ts';

test('holds exactly what was added, in as few intervals as possible', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 80 }), fc.nat(12)), { maxLength: 40 }), (ranges) => {
      const set = new SequenceSet();
      const plain = new Set<number>();
      for (const [first, more] of ranges) {
        set.add(first, first + more);
        for (let value = first; value <= first + more; value += 1) plain.add(value);
      }
      let intervals = 0;
      for (let value = 0; value <= 100; value += 1) {
        expect(set.has(value)).toBe(plain.has(value));
        if (plain.has(value) && !plain.has(value - 1)) intervals += 1;
      }
      expect(set.intervals).toBe(intervals);
    }),
    { numRuns: 300, seed: 1 },
  );
});
