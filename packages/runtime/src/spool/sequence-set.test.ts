import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSequenceSet } from './sequence-set.ts';

const TOP = 40;
const range = fc
  .tuple(fc.integer({ min: 1, max: TOP }), fc.integer({ min: 0, max: 12 }))
  .map(([first, more]) => [first, first + more] as const);

test('does what a plain set of numbers does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), range), { maxLength: 30 }), range, (changes, asked) => {
      const set = createSequenceSet();
      const plain = new Set<number>();
      for (const [isAdd, [first, last]] of changes) {
        if (isAdd) set.add(first, last);
        else set.remove(first, last);
        for (let sequence = first; sequence <= last; sequence++) {
          if (isAdd) plain.add(sequence);
          else plain.delete(sequence);
        }
      }
      const [first, last] = asked;
      const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      const inside = all.filter((sequence) => plain.has(sequence));
      const outside = all.filter((sequence) => !plain.has(sequence));
      const flat = (ranges: readonly (readonly [number, number])[]): number[] =>
        ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));

      expect(flat(set.within(first, last))).toEqual(inside);
      expect(flat(set.missing(first, last))).toEqual(outside);
      expect(set.countWithin(first, last)).toBe(inside.length);
      expect(set.covers(first, last)).toBe(outside.length === 0);
      expect(all.filter((sequence) => set.has(sequence))).toEqual(inside);
      expect(set.firstMissing(first, last)).toEqual(set.missing(first, last).at(0) ?? null);
      expect(set.lastMissing(first, last)).toEqual(set.missing(first, last).at(-1) ?? null);
      const ranges = set.ranges();
      expect(ranges.every(([from], index) => index === 0 || from > (ranges[index - 1]?.[1] ?? 0) + 1)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
