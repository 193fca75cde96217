import type { ScheduledCheck } from '@watchpost/contracts/agents/agent-wire';
import type { Result } from '@watchpost/contracts/results/result';
import type { Check } from '@watchpost/contracts/targets/check';
import type { SchedulerStats } from '../schedule/scheduler.ts';

/** What the thread is given at its start. */
export type ThreadSettings = {
  readonly agentId: string;
  readonly vantage: string;
  readonly maxInFlight: number;
  /** Uncertainty above which a result says nothing about the target, µs; null: the default of the probers. */
  readonly overloadUs: number | null;
};

/** A measurement out of turn. `id` is the asker's. */
export type Order = { readonly id: string; readonly targetId: string; readonly check: Check };

/** What became of an order. `results` null: too much was under way. */
export type OrderAnswer = { readonly id: string; readonly results: readonly Result[] | null };

/** Main thread → prober thread. */
export type ToThread =
  | { readonly type: 'checks'; readonly checks: readonly ScheduledCheck[] }
  | { readonly type: 'order'; readonly orders: readonly Order[] }
  /** So many results have been taken away since the last such message. */
  | { readonly type: 'taken'; readonly count: number }
  | { readonly type: 'stop' };

/** Prober thread → main thread. Results come in arrays, a few a second at most. */
export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'results'; readonly results: readonly Result[] }
  | { readonly type: 'ordered'; readonly answers: readonly OrderAnswer[] }
  | { readonly type: 'stats'; readonly stats: SchedulerStats; readonly uncertaintyP99Us: number | null }
  | { readonly type: 'failure'; readonly text: string }
  | { readonly type: 'stopped' };

export const THREAD_LIMITS = {
  /** Results are handed over together after so long, ms. */
  handOverMs: 20,
  /** Answers to orders are handed over together after so long, ms: somebody waits for them. */
  answerMs: 1,
  /** Results handed over in one message. */
  handOverResults: 500,
  /** Results handed over and not yet taken away: with more the thread stops measuring. */
  unsettledResults: 20_000,
  statsMs: 1_000,
  /** The thread has so long to end after it was asked to, ms. */
  stopMs: 5_000,
} as const;
