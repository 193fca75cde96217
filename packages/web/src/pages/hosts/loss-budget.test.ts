import { expect, test } from 'vitest';
import { budgetSteps, budgetVerdict } from './loss-budget.ts';

const even = {
  written: 10,
  missing: 0,
  spooled: 10,
  sent: 10,
  acknowledged: 10,
  stored: 10,
  refused: 0,
  present: 10,
  removed: 0,
};
const seen = (part: Partial<typeof even>) => {
  const steps = budgetSteps({ budget: { ...even, ...part } });
  const uneven = steps.filter(({ verdict }) => verdict !== 'even');
  return [budgetVerdict(steps), ...uneven.map(({ name, difference, verdict }) => `${name} ${difference} ${verdict}`)];
};

test('an even budget is even, also when retention removed records or the server knows more', () => {
  expect(seen({})).toEqual(['even']);
  expect(seen({ present: 4, removed: 6 })).toEqual(['even']);
  expect(seen({ stored: 12, present: 12 })).toEqual(['even', 'stored -2 newer']);
});

test('what waits is no loss; what was never found, refused or taken out of the store is one', () => {
  expect(seen({ sent: 7, acknowledged: 7, stored: 7, present: 7 })).toEqual(['waiting', 'sent 3 waiting']);
  expect(seen({ written: 12, missing: 2 })).toEqual(['lost', 'spooled 2 lost']);
  expect(seen({ stored: 9, refused: 1, present: 9 })).toEqual(['lost', 'stored 1 lost']);
  expect(seen({ present: 9 })).toEqual(['lost', 'present 1 lost']);
});

test('where the recorder was not heard, the page does not say that nothing is lost', () => {
  const unheard = { written: null, missing: null, spooled: null, sent: null, acknowledged: null, stored: 3, present: 3 };
  const verdict = (part: object) => budgetVerdict(budgetSteps({ budget: { ...even, ...unheard, ...part } }));
  expect(verdict({})).toBe('unknown');
  expect(verdict({ refused: 1 })).toBe('lost');
  expect(verdict({ present: 2 })).toBe('lost');
});
