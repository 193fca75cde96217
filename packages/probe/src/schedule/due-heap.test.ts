import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueHeap, type HeapEntry } from './due-heap.ts';

const command = fc.oneof(
  fc.record({ type: fc.constant('push' as const), dueAt: fc.nat(1_000) }),
  fc.record({ type: fc.constant('remove' as const), index: fc.nat(50) }),
  fc.record({ type: fc.constant('move' as const), index: fc.nat(50), dueAt: fc.nat(1_000) }),
);

describe('DueHeap', () => {
  it('always gives the entry that is due first, like a sorted list', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const heap = new DueHeap<HeapEntry>();
        const model: HeapEntry[] = [];
        for (const step of commands) {
          if (step.type === 'push') {
            const entry = { dueAt: step.dueAt, heapIndex: -1 };
            heap.push(entry);
            model.push(entry);
          } else {
            const entry = model[step.index % Math.max(1, model.length)];
            if (entry === undefined) continue;
            if (step.type === 'remove') {
              heap.remove(entry);
              model.splice(model.indexOf(entry), 1);
            } else {
              entry.dueAt = step.dueAt;
              heap.moved(entry);
            }
          }
          expect(heap.size).toBe(model.length);
          expect(heap.peek()?.dueAt).toBe(model.length === 0 ? undefined : Math.min(...model.map(({ dueAt }) => dueAt)));
        }
      }),
    );
  });
});
