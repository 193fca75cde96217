import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Spool } from '../spool/spool-types.ts';

export type UplinkState = {
  /** sending: the last exchange went well. waiting: the server is away or busy. rejected: it does not accept this agent. */
  readonly link: 'idle' | 'sending' | 'waiting' | 'rejected' | 'closed';
  /** Records the server has acknowledged since the start. */
  readonly acknowledged: number;
  readonly refused: number;
  /** What went wrong last; null when the last exchange went well. */
  readonly lastError: string | null;
  /** Failures in a row. */
  readonly failures: number;
};

export type Uplink = {
  readonly state: () => UplinkState;
  /** Tries at once, whatever the back-off says. */
  readonly wake: () => void;
  /** Ends the exchanges under way; what was not acknowledged stays in the spool. */
  readonly close: () => Promise<void>;
};

export type UplinkOptions = {
  readonly spool: Spool;
  readonly serverUrl: string;
  readonly key: string;
  /** As `/api/v1/agents/self/results`. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly allowInsecure?: boolean;
  readonly caPem?: string;
  readonly limits?: Partial<UplinkLimits>;
  /** Hears of the records that are handed to the network now; of the same ones again when they are sent again. */
  readonly onSend?: (sequences: readonly number[]) => void;
};

export type UplinkLimits = {
  /** A live batch waits this long for more records. */
  readonly coalesceMs: number;
  readonly liveRecords: number;
  /** Live batches under way at the same time, while all goes well. With one, what is new waits for the answer to what came before. */
  readonly liveBatches: number;
  readonly backlogRecords: number;
  readonly batchBytes: number;
  /** Share of the time in which old records are being sent, 0 to 1. */
  readonly backlogShare: number;
  readonly requestTimeoutMs: number;
  readonly answerBytes: number;
  readonly backoffFirstMs: number;
  readonly backoffMostMs: number;
  /** Longest `Retry-After` that is obeyed. */
  readonly retryAfterMostMs: number;
  /** Pause after the server refused the agent itself. */
  readonly rejectedMs: number;
  /** Single records that may be given up in a row before the server itself is suspected. */
  readonly suspectAfter: number;
};
