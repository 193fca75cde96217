import { expect, test } from 'vitest';
import { lineForTests } from '../pages/overview/target-for-tests.ts';
import { troubleOf } from './trouble.ts';

test('a line tells its fault only when its newest result says so', () => {
  expect(troubleOf(lineForTests())).toBeNull();
  expect(troubleOf(lineForTests({ outcome: 'unknown', lastAt: null }))).toBe('waiting');
  const last = { fault: 'target', errorText: 'refused', errorCode: 'connect-refused' };
  expect(troubleOf(lineForTests({ ...last, outcome: 'down' }))).toEqual({
    fault: 'target',
    code: 'connect-refused',
    text: 'refused',
  });
  expect(troubleOf(lineForTests({ ...last, outcome: 'down', errorText: null }))).toMatchObject({
    code: 'connect-refused',
    text: null,
  });
  expect(troubleOf(lineForTests({ ...last, outcome: 'unknown' }))).toBe('silent');
  expect(troubleOf(lineForTests({ ...last, outcome: 'unknown', fault: 'probe' }))).toMatchObject({ fault: 'probe' });
});
