import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { AgentConfig, ScheduledCheck } from '@watchpost/contracts/agents/agent-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { TargetStore } from '../catalog/target-store.ts';
import type { OrderedTests } from './ordered-tests.ts';

/** Long polls that may wait at the same time. */
const WAITER_LIMIT = 10_000;
/** Of one agent; a further one is answered in the place of the oldest, which a broken connection may have left behind. */
const WAITERS_PER_AGENT = 4;

export type AgentSettings = {
  /** What a vantage point is to measure, and a tag that changes whenever that changes. */
  readonly current: (agent: { agentId: string; vantage: string }) => { readonly etag: string; readonly config: AgentConfig };
  /**
   * Like `current`, but waits up to `waitMs` for something else than `etag`; null: nothing changed. Rejects with
   * `agent-revoked` as soon as the agent is.
   */
  readonly next: (
    agent: { agentId: string; vantage: string },
    etag: string | null,
    waitMs: number,
    signal: AbortSignal,
  ) => Promise<{ readonly etag: string; readonly config: AgentConfig } | null>;
  /** Targets, tests or agents changed: wakes the agents that wait. */
  readonly changed: () => void;
  /** Questions that wait now. */
  readonly waiting: () => number;
};

export function createAgentSettings(parts: {
  readonly targets: TargetStore;
  readonly tests: OrderedTests;
  readonly isEnrolled: (agentId: string) => boolean;
  readonly wallMs: () => number;
}): AgentSettings {
  const { targets, tests, isEnrolled, wallMs } = parts;
  const waiters = new Set<() => void>();
  const waitingOf = new Map<string, Set<AbortController>>();
  const cached = new Map<string, { readonly checks: readonly ScheduledCheck[]; readonly hash: string }>();

  const checksOf = (vantage: string) => {
    const known = cached.get(vantage);
    if (known !== undefined) return known;
    const checks = targets
      .list()
      .filter((target) => !target.paused && target.vantages.includes(vantage))
      .map(({ id, intervalS, check }) => ({ targetId: id, intervalS, check }));
    const entry = { checks, hash: createHash('sha256').update(JSON.stringify(checks)).digest('base64url').slice(0, 22) };
    cached.set(vantage, entry);
    return entry;
  };
  const tagOf = (vantage: string) => {
    const ids = tests.waitingAt(vantage).map((test) => test.testId);
    return `"${checksOf(vantage).hash}${ids.length === 0 ? '' : `.${ids.join('.')}`}"`;
  };
  const current: AgentSettings['current'] = ({ agentId, vantage }) => ({
    etag: tagOf(vantage),
    config: {
      agentId,
      vantage,
      checks: [...checksOf(vantage).checks],
      tests: [...tests.waitingAt(vantage)],
      serverTime: wallMs(),
    },
  });

  return {
    current,
    async next(agent, etag, waitMs, signal) {
      if (etag !== tagOf(agent.vantage)) return current(agent);
      if (waitMs <= 0) return null;
      if (waiters.size >= WAITER_LIMIT) throw new AppError('unavailable', undefined, { retryAfterS: 5 });
      const own = waitingOf.get(agent.agentId) ?? new Set();
      waitingOf.set(agent.agentId, own);
      if (own.size >= WAITERS_PER_AGENT) for (const oldest of [...own].slice(0, 1 + own.size - WAITERS_PER_AGENT)) oldest.abort();
      const giveWay = new AbortController();
      own.add(giveWay);
      const ended = AbortSignal.any([signal, giveWay.signal, AbortSignal.timeout(waitMs)]);
      setMaxListeners(0, ended);
      try {
        while (!ended.aborted) {
          await nextChange(waiters, ended);
          if (!isEnrolled(agent.agentId)) throw new AppError('agent-revoked');
          if (etag !== tagOf(agent.vantage)) return current(agent);
        }
        return null;
      } finally {
        own.delete(giveWay);
        if (own.size === 0 && waitingOf.get(agent.agentId) === own) waitingOf.delete(agent.agentId);
      }
    },
    waiting: () => waiters.size,
    changed() {
      cached.clear();
      const woken = [...waiters];
      waiters.clear();
      for (const wake of woken) wake();
    },
  };
}

function nextChange(waiters: Set<() => void>, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      waiters.delete(wake);
      ended.removeEventListener('abort', wake);
      resolve();
    };
    waiters.add(wake);
    ended.addEventListener('abort', wake, { once: true });
  });
}
