import type { AgentConfig } from '@watchpost/contracts/agents/agent-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { delay } from '@watchpost/runtime/clock/delay';
import type { AgentClient } from '@watchpost/runtime/http-client/agent-client';
import type { Log } from '@watchpost/runtime/log/log';

export const POLL_LIMITS = { retryFirstMs: 500, retryMostMs: 10_000, rejectedMs: 60_000, answeredAtLeastMs: 50 } as const;

/** Follows the settings at the server. Resolves when the signal ends it; never rejects. */
export async function followConfig(options: {
  readonly client: AgentClient;
  readonly onConfig: (config: AgentConfig) => void;
  readonly onClockOffset: (offsetMs: number) => void;
  readonly signal: AbortSignal;
  readonly log: Log;
}): Promise<void> {
  const { client, onConfig, onClockOffset, signal, log } = options;
  let etag: string | null = null;
  let failures = 0;
  while (!signal.aborted) {
    let waitMs: number = POLL_LIMITS.answeredAtLeastMs;
    try {
      const fetched = await client.getConfig(etag, etag === null ? 0 : WIRE_LIMITS.configWaitS, signal);
      if (failures > 0) log.info('the server answers again');
      failures = 0;
      if (fetched !== null) {
        etag = fetched.etag === '' ? null : fetched.etag;
        if (fetched.etag === '') waitMs = POLL_LIMITS.retryMostMs;
        onConfig(fetched.config);
        if (fetched.clockOffsetMs !== null) onClockOffset(fetched.clockOffsetMs);
      }
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      waitMs = retryAfterMs(error, failures);
      if (failures === 1) log.warn({ err: error }, 'settings cannot be fetched, the probe goes on with those it has');
    }
    await delay(waitMs, signal);
  }
}

function retryAfterMs(error: unknown, failures: number): number {
  if (error instanceof AppError) {
    if (error.status === 401 || error.status === 426) return POLL_LIMITS.rejectedMs;
    if (error.retryAfterS !== null) return Math.min(error.retryAfterS * 1_000, POLL_LIMITS.rejectedMs);
  }
  const most = Math.min(POLL_LIMITS.retryFirstMs * 2 ** (failures - 1), POLL_LIMITS.retryMostMs);
  return most * (0.5 + Math.random() / 2);
}
