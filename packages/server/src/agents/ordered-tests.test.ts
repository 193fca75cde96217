import { checkSchema } from '@watchpost/contracts/targets/check';
import { expect, it } from 'vitest';
import { makeRecord } from '../testing/results.ts';
import { createOrderedTests } from './ordered-tests.ts';

const check = checkSchema.parse({ kind: 'tcp', host: 'a.example', port: 80 });

it('withdraws an order that nobody takes up, and forgets the answers in the end', () => {
  let now = 0;
  const tests = createOrderedTests(() => now);
  const { id } = tests.order(check, ['ct', 'cnc'], []);
  expect(tests.waitingAt('ct')).toEqual([{ testId: id, check }]);
  expect(tests.answer(id, 'ct', [makeRecord(1, {})])).toBe(true);
  expect(tests.waitingAt('ct')).toEqual([]);
  now = 60_001;
  expect(tests.get(id)).toMatchObject({ waiting: [], unreachable: ['cnc'], results: [{ totalUs: 500 }] });
  expect(tests.answer(id, 'cnc', [])).toBe(false);
  now = 600_001;
  expect(tests.get(id)).toBeNull();
});

it('refuses more orders than a vantage point can take', () => {
  const tests = createOrderedTests(() => 0);
  for (let count = 0; count < 20; count++) tests.order(check, ['ct'], []);
  expect(() => tests.order(check, ['ct'], [])).toThrow(expect.objectContaining({ code: 'too-many-requests' }));
  expect(tests.order(check, ['cnc'], []).waiting).toEqual(['cnc']);
});
