import type { Check } from '@watchpost/contracts/targets/check';
import { expect, it } from 'vitest';
import { createOrderNumbers } from './order-numbers.ts';

const check = (name: string): Check => ({ kind: 'icmp', host: name }) as unknown as Check;
const order = (id: string, of: Check) => ({ id, targetId: id, check: of });

it('sends a check once, however often it is ordered', () => {
  const numbers = createOrderNumbers(10);
  const [a, b] = [check('a'), check('b')];
  const first = numbers.take([order('1', a), order('2', a), order('3', b)]);
  expect(first.isFresh).toBe(true);
  expect(first.added.map(([, added]) => added)).toEqual([a, b]);
  const second = numbers.take([order('4', b), order('5', a)]);
  expect(second).toMatchObject({ isFresh: false, added: [] });
  expect(second.orders.map((each) => each.check)).toEqual([first.orders[2]?.check, first.orders[0]?.check]);
});

it('forgets all when too many are known, and sends them anew under other numbers', () => {
  const numbers = createOrderNumbers(2);
  const [a, b, c] = [check('a'), check('b'), check('c')];
  const first = numbers.take([order('1', a), order('2', b)]);
  const second = numbers.take([order('3', c), order('4', a)]);
  expect(second.isFresh).toBe(true);
  expect(second.added.map(([, added]) => added)).toEqual([c, a]);
  expect(second.orders[1]?.check).not.toBe(first.orders[0]?.check);
});
