import type { TestOrder } from '@watchpost/contracts/agents/agent-wire';
import type { Result } from '@watchpost/contracts/results/result';
import type { AgentClient } from '@watchpost/runtime/http-client/agent-client';
import type { Log } from '@watchpost/runtime/log/log';
import type { ProberThread } from '../worker/prober-thread.ts';

const LIMITS = {
  /** Tests that are remembered, so that none is done twice. */
  remembered: 1_000,
  underWay: 32,
} as const;

/** The name under which ordered tests are measured; their results are reported and never stored. */
const TEST_TARGET = 'test';

/** Measures what the server orders, at once, and reports it. */
export type OrderedTests = { readonly take: (orders: readonly TestOrder[]) => void };

export function createOrderedTests(options: {
  readonly thread: ProberThread;
  readonly client: AgentClient;
  readonly signal: AbortSignal;
  readonly log: Log;
}): OrderedTests {
  const { thread, client, signal, log } = options;
  const seen = new Set<string>();
  let underWay = 0;

  const run = async ({ testId, check }: TestOrder): Promise<void> => {
    underWay++;
    try {
      const results = await thread.order({ id: `test:${testId}`, targetId: TEST_TARGET, check });
      if (results === null) {
        log.warn({ testId }, 'an ordered test was not measured, too much is under way');
        return;
      }
      await client.postTest(testId, { results: results.map((text) => JSON.parse(text) as Result) }, signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ testId, err: error }, 'an ordered test could not be reported');
    } finally {
      underWay--;
    }
  };

  return {
    take: (orders) => {
      for (const order of orders) {
        if (seen.has(order.testId) || underWay >= LIMITS.underWay) continue;
        seen.add(order.testId);
        const oldest = seen.size > LIMITS.remembered ? seen.keys().next().value : undefined;
        if (oldest !== undefined) seen.delete(oldest);
        void run(order);
      }
    },
  };
}
