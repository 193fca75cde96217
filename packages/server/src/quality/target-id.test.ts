import { targetIdSchema } from '@watchpost/contracts/targets/target';
import { assert, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { newTargetId } from './target-id.ts';

it('is readable from the name and never taken', () => {
  expect(newTargetId('Shop – Front (EU)', () => false)).toBe('shop-front-eu');
  const taken = new Set(['shop', 'shop-2']);
  expect(newTargetId('Shop', (id) => taken.has(id))).toBe('shop-3');
});

it('is valid for every name', () => {
  assert(
    property(
      string({ unit: 'grapheme', maxLength: 200 }),
      (name) => targetIdSchema.safeParse(newTargetId(name, () => false)).success,
    ),
  );
});
