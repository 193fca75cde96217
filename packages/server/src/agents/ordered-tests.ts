import { randomUUID } from 'node:crypto';
import type { TestOrder } from '@watchpost/contracts/agents/agent-wire';
import type { Test } from '@watchpost/contracts/api/fleet';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Result } from '@watchpost/contracts/results/result';
import type { Check } from '@watchpost/contracts/targets/check';

/** An order that no agent has taken up after this time is withdrawn. */
const ORDER_MS = 60_000;
/** Answers can be fetched this long. */
const KEEP_MS = 10 * 60_000;
const TEST_LIMIT = 200;
const WAITING_PER_VANTAGE_LIMIT = 20;

/** Measurements that somebody asked for just now: kept in memory only. */
export type OrderedTests = {
  /** Rejects with `too-many-requests` when too many are under way. */
  readonly order: (check: Check, vantages: readonly string[], unreachable: readonly string[]) => Test;
  readonly get: (id: string) => Test | null;
  /** What a vantage point has still to measure. */
  readonly waitingAt: (vantage: string) => readonly TestOrder[];
  /** Takes an answer; false: nobody waits for it from there. */
  readonly answer: (id: string, vantage: string, results: readonly Result[]) => boolean;
};

type Entry = {
  readonly check: Check;
  readonly createdAt: number;
  waiting: Set<string>;
  unreachable: Set<string>;
  results: Result[];
};

export function createOrderedTests(wallMs: () => number): OrderedTests {
  const tests = new Map<string, Entry>();
  const sweep = () => {
    const now = wallMs();
    for (const [id, test] of tests) {
      if (now - test.createdAt > KEEP_MS) tests.delete(id);
      else if (now - test.createdAt > ORDER_MS) {
        for (const vantage of test.waiting) test.unreachable.add(vantage);
        test.waiting.clear();
      }
    }
  };
  const waitingAt = (vantage: string) =>
    [...tests].filter(([, test]) => test.waiting.has(vantage)).map(([testId, { check }]) => ({ testId, check }));
  const view = (id: string, test: Entry): Test => ({
    id,
    createdAt: test.createdAt,
    waiting: [...test.waiting],
    unreachable: [...test.unreachable],
    results: test.results,
  });
  return {
    order(check, vantages, unreachable) {
      sweep();
      const waiting = new Set(vantages.filter((vantage) => !unreachable.includes(vantage)));
      const isFull = [...waiting].some((vantage) => waitingAt(vantage).length >= WAITING_PER_VANTAGE_LIMIT);
      if (isFull) throw new AppError('too-many-requests', 'too many tests wait for an answer', { retryAfterS: 10 });
      if (tests.size >= TEST_LIMIT) for (const oldest of tests.keys()) if (tests.delete(oldest)) break;
      const id = randomUUID();
      const test: Entry = { check, createdAt: wallMs(), waiting, unreachable: new Set(unreachable), results: [] };
      tests.set(id, test);
      return view(id, test);
    },
    get(id) {
      sweep();
      const test = tests.get(id);
      return test === undefined ? null : view(id, test);
    },
    waitingAt(vantage) {
      sweep();
      return waitingAt(vantage);
    },
    answer(id, vantage, results) {
      const test = tests.get(id);
      if (test === undefined || !test.waiting.delete(vantage)) return false;
      test.results.push(...results);
      return true;
    },
  };
}
