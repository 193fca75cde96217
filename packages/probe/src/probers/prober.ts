import type { ErrorCode } from '@watchpost/contracts/results/error-codes';
import type { CheckKind, Hop, Result } from '@watchpost/contracts/results/result';
import type { Check } from '@watchpost/contracts/targets/check';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Resolvers } from '../dns/resolver.ts';
import type { LoopBound } from '../timing/loop-bound.ts';
import type { SecureContexts } from '../tls/secure-contexts.ts';

/** A result before it is known whose it is: the scheduler adds the rest. */
export type Measurement = Omit<Result, 'targetId' | 'vantage' | 'agentId' | 'series' | 'roundAt' | 'remeasured'>;

/** Why a measurement did not come to its end. `text` is for people: details the code does not say. */
export type Failure = { readonly code: ErrorCode; readonly text: string };

/** What a prober saw. Rules, outcome and overload are judged afterwards, alike for all kinds. */
export type Observation = Omit<
  Measurement,
  'kind' | 'startedAt' | 'outcome' | 'fault' | 'errorCode' | 'errorText' | 'speedDownload' | 'speedTransfer' | 'certExpiresAt'
> & {
  readonly failure: Failure | null;
  /** Expiry of the certificate the target showed, Unix ms; filled also when it was not trusted. */
  readonly certExpiresAt: number | null;
  readonly hops: readonly Hop[];
  /** Headers of the last answer, in their order, names as they came. */
  readonly headers: readonly (readonly [string, string])[];
  /** Decoded body; null when no rule needs it or there was none. */
  readonly body: Buffer | null;
  /** Hex SHA-256 of the decoded body; null when no rule needs it. */
  readonly bodySha256: string | null;
  /** DNS answers as text; null for other kinds. */
  readonly answers: readonly string[] | null;
  /** Lost echo requests divided by sent ones; null for other kinds. */
  readonly lossRatio: number | null;
};

/** What all probers of one thread share. Made by `createProbeContext`. */
export type ProbeContext = {
  readonly clock: Clock;
  readonly loop: LoopBound;
  readonly resolvers: Resolvers;
  readonly secureContexts: SecureContexts;
  /** A result whose uncertainty is above this, and above a tenth of its time, says nothing about the target, µs. */
  readonly overloadUs: number;
  /** What ends the measurements that are running now. A prober adds its own and removes it at its end. */
  readonly running: Set<() => void>;
  /** Ends all measurements that are running (their result is `probe-failed`) and gives back sockets and files. */
  close(): Promise<void>;
};

/** Measures one check once. It never rejects for what the target, the network or the resolver does. */
export type Prober<K extends CheckKind> = (check: Extract<Check, { kind: K }>, context: ProbeContext) => Promise<Observation>;

/** One prober for each kind of check. */
export type ProberTable = { readonly [K in CheckKind]: Prober<K> };

/** An observation of nothing: a prober spreads it and adds what it saw. */
export const BLANK_OBSERVATION: Observation = {
  failure: null,
  httpStatus: null,
  nameLookupUs: null,
  connectUs: null,
  appConnectUs: null,
  preTransferUs: null,
  startTransferUs: null,
  totalUs: 0,
  redirectUs: 0,
  hops: [],
  redirectCount: 0,
  sizeDownload: 0,
  sizeDecoded: 0,
  bodyTruncated: false,
  headerSize: 0,
  requestSize: 0,
  contentLength: null,
  remoteIp: null,
  ipFamily: null,
  resolver: null,
  httpVersion: null,
  tlsVersion: null,
  certExpiresAt: null,
  fileTime: null,
  details: null,
  uncertaintyUs: null,
  headers: [],
  body: null,
  bodySha256: null,
  answers: null,
  lossRatio: null,
};
