import type { ErrorCode } from '@watchpost/contracts/results/error-codes';
import type { Fault, Outcome } from '@watchpost/contracts/results/outcome';
import type { ChartPhaseKey } from '@watchpost/contracts/results/phase-keys';
import type { CheckKind } from '@watchpost/contracts/results/result';

/** What a measurement found, as far as rules judge it. Durations in µs, points in time in Unix ms. */
export type Evidence = {
  readonly kind: CheckKind;
  /** Status of the last HTTP answer; null: there was none. */
  readonly status: number | null;
  /** Header lines of the last answer, in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Decoded body of the last answer; null: there was none, or no rule needs it. */
  readonly body: Buffer | null;
  /** The body was longer than the limit: `body` is only its beginning. */
  readonly bodyTruncated: boolean;
  /** Hex SHA-256 of the whole decoded body, when it was computed while reading; else it is computed from `body`. */
  readonly bodySha256?: string | null;
  readonly phases: Readonly<Record<ChartPhaseKey, number | null>>;
  readonly totalUs: number;
  readonly certExpiresAt: number | null;
  /** DNS answers as text; null: not a DNS check. */
  readonly answers: readonly string[] | null;
  /** Lost echo requests, 0 to 1; null: not a ping. */
  readonly lossRatio: number | null;
  readonly nowMs: number;
};

/** What the rules say of a measurement that came to its end. */
export type Verdict = {
  readonly outcome: Outcome;
  readonly fault: Fault | null;
  readonly errorCode: ErrorCode | null;
  /** Names the rule, what it expects and what was found; null when every rule holds. */
  readonly errorText: string | null;
};

/** How a rule is broken. */
export type Breach = { readonly code: ErrorCode; readonly text: string };
