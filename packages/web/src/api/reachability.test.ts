import { expect, test } from 'vitest';
import { noteAnswer, readAwaySince, subscribeReachability } from './reachability.ts';

test('the server is away from the first request without an answer to the next with one', () => {
  const seen: (number | null)[] = [];
  const stop = subscribeReachability(() => seen.push(readAwaySince()));
  noteAnswer(200);
  noteAnswer(0);
  const since = readAwaySince();
  expect(since).not.toBeNull();
  noteAnswer(502);
  expect(readAwaySince()).toBe(since);
  // An error of the server is an answer, too.
  noteAnswer(500);
  expect(readAwaySince()).toBeNull();
  stop();
  noteAnswer(0);
  expect(seen).toEqual([since, null]);
  noteAnswer(401);
});
