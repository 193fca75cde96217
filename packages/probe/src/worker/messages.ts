import type { ScheduledCheck } from '@watchpost/contracts/agents/agent-wire';
import type { Check } from '@watchpost/contracts/targets/check';
import type { SchedulerStats } from '../schedule/scheduler.ts';

/** What the thread is given at its start. */
export type ThreadSettings = {
  readonly agentId: string;
  readonly vantage: string;
  /** Measurements under way at once. */
  readonly maxInFlight: number;
  /** Measurements out of turn that wait for others to end; more are refused. */
  readonly maxWaiting: number;
  /** Uncertainty above which a result says nothing about the target, µs; null: the default of the probers. */
  readonly overloadUs: number | null;
  /**
   * Memory for young objects, MB. It should hold what many measurements leave behind: when most of those under way outlive
   * a collection, each costs about a tenth more processor time. A larger one makes the process larger.
   */
  readonly youngGenerationMb: number;
};

/**
 * A result as JSON, in one line without a break. Results cross from the thread as text: one string is cheaper to hand over
 * than an object of forty fields, and the spool and the wire want text anyway.
 */
export type ResultText = string;

/** A measurement out of turn. `id` is the asker's. */
export type Order = { readonly id: string; readonly targetId: string; readonly check: Check };

/** An order on its way: the check is named by its number, and sent only once. */
export type NumberedOrder = { readonly id: string; readonly targetId: string; readonly check: number };

/** What became of an order. `results` null: too much was under way. */
export type OrderAnswer = { readonly id: string; readonly results: readonly ResultText[] | null };

/** Main thread → prober thread. */
export type ToThread =
  | { readonly type: 'checks'; readonly checks: readonly ScheduledCheck[] }
  /** `added`: checks that earlier messages did not bring, by number. `isFresh`: earlier numbers are no longer used. */
  | {
      readonly type: 'order';
      readonly isFresh: boolean;
      readonly added: readonly (readonly [number, Check])[];
      readonly orders: readonly NumberedOrder[];
    }
  /** So many results have been taken away since the last such message. */
  | { readonly type: 'taken'; readonly count: number }
  | { readonly type: 'stop' };

/** Prober thread → main thread. Results come in arrays, a few a second at most. */
export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'results'; readonly results: readonly ResultText[] }
  | { readonly type: 'ordered'; readonly answers: readonly OrderAnswer[] }
  | { readonly type: 'stats'; readonly stats: SchedulerStats; readonly uncertaintyP99Us: number | null }
  | { readonly type: 'failure'; readonly text: string }
  | { readonly type: 'stopped' };

export const THREAD_LIMITS = {
  /** Results are handed over together after so long, ms: each time costs a write and a sync of the disk. */
  handOverMs: 100,
  /** The same for answers to orders, ms: somebody waits for them, but each time wakes the other thread. */
  answerMs: 5,
  /** Results handed over in one message. */
  handOverResults: 500,
  /** Different checks of orders that the thread remembers. */
  orderedChecks: 1_000,
  /** Results handed over and not yet taken away: with more the thread stops measuring. */
  unsettledResults: 20_000,
  statsMs: 1_000,
  /** The thread has so long to end after it was asked to, ms. */
  stopMs: 5_000,
} as const;
