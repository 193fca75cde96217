import { expect, it } from 'vitest';
import { createPace } from './pace.ts';

it('allows a burst, then the steady pace, for each name alone', () => {
  let nowUs = 0;
  const pace = createPace({ perS: 2, burst: 3, monotonicUs: () => nowUs });
  for (let count = 0; count < 3; count++) pace.take('a');
  expect(() => pace.take('a')).toThrow(expect.objectContaining({ code: 'too-many-requests', retryAfterS: 1 }));
  pace.take('b');
  nowUs = 500_000;
  pace.take('a');
  expect(() => pace.take('a')).toThrow();
  nowUs = 3_600_000_000;
  for (let count = 0; count < 3; count++) pace.take('a');
  expect(() => pace.take('a')).toThrow();
});
