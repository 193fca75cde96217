import type { AgentStatus } from '@watchpost/contracts/agents/agent-wire';
import { delay } from '@watchpost/runtime/clock/delay';
import type { AgentClient } from '@watchpost/runtime/http-client/agent-client';
import type { Log } from '@watchpost/runtime/log/log';
import type { Spool } from '@watchpost/runtime/spool/spool';

export const STATUS_LIMITS = { everyMs: 10_000, gapsAtOnce: 100 } as const;

/** Reports how the probe is, and what it had to drop, every 10 s. Resolves when the signal ends it; never rejects. */
export async function reportStatus(options: {
  readonly client: AgentClient;
  readonly spool: Spool;
  readonly status: () => AgentStatus;
  readonly signal: AbortSignal;
  readonly log: Log;
}): Promise<void> {
  const { client, spool, status, signal, log } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await client.postStatus(status(), signal);
      const gaps = spool.takeGaps().slice(0, STATUS_LIMITS.gapsAtOnce);
      if (gaps.length > 0) {
        await client.postGaps(gaps, signal);
        await spool.confirmGaps(gaps);
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      if (failures === 1) log.debug({ err: error }, 'the status could not be reported');
    }
    await delay(STATUS_LIMITS.everyMs, signal);
  }
}
