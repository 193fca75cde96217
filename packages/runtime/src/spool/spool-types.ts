import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Disk } from './disk.ts';
import type { SequenceRange } from './sequence-set.ts';

/** Records that are read together: the sequences `first` to `last` of one epoch. Some of them may be missing (holes). */
export type Batch = {
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  /** Lines of NDJSON, in order of their sequence, each with its line break. */
  readonly lines: readonly Buffer[];
  /** Sequence of each line. */
  readonly sequences: readonly number[];
  readonly count: number;
  readonly bytes: number;
};

/** Sequences that can never be delivered, and why. `fromAt` and `toAt` are Unix ms. */
export type Gap = {
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly reason: string;
};

export type SpoolStats = {
  /** Records that wait for an acknowledgement. */
  readonly records: number;
  /** Bytes on disk. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** About when the oldest waiting record was appended, Unix ms; null: none waits. */
  readonly oldestAt: number | null;
  /** Highest sequence given so far; 0: none. */
  readonly newest: number;
  /** Records dropped since the spool was opened, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
};

export type ReadLimits = { readonly maxRecords: number; readonly maxBytes: number };

/**
 * A durable queue on disk: what was appended stays until it is acknowledged, over crashes and restarts.
 * Every method rejects with AppError `spool-failed` after `close`.
 */
export type Spool = {
  /** Names this life of the spool, Unix ms of its creation. With the sequence it identifies a record for ever. */
  readonly epoch: number;
  /**
   * Gives each record the next `sequence` and writes them. A record is an object, or its JSON as `JSON.stringify` writes it. Resolves when they are durable; many appends at a time share
   * one write and one sync. Rejects with AppError `spool-failed` when they could not be written: then none of them is kept.
   */
  readonly append: (records: readonly (object | string)[]) => Promise<{ readonly first: number; readonly last: number }>;
  /** The newest waiting records after the sequence `after` that are not in a batch already; null: there are none. */
  readonly readNewest: (limits: ReadLimits & { readonly after?: number }) => Promise<Batch | null>;
  /** The oldest waiting records up to the sequence `upTo` that are not in a batch already; null: there are none. */
  readonly readOldest: (limits: ReadLimits & { readonly upTo?: number }) => Promise<Batch | null>;
  /** Gives a batch back: its records wait again. */
  readonly release: (batch: Batch) => void;
  /** The server has these sequences, stored or refused: they are forgotten. */
  readonly acknowledge: (first: number, last: number) => Promise<void>;
  /** Gives these sequences up: counted, and kept as a gap. */
  readonly drop: (first: number, last: number, reason: string) => Promise<void>;
  readonly stats: () => SpoolStats;
  /** The parts of these sequences that wait for an acknowledgement, ascending. */
  readonly waiting: (first: number, last: number) => readonly SequenceRange[];
  /** Gaps that were not confirmed yet, oldest first. They survive a restart. */
  readonly takeGaps: () => readonly Gap[];
  /** The server knows these gaps: they are forgotten. */
  readonly confirmGaps: (gaps: readonly Gap[]) => Promise<void>;
  /** Calls back whenever records have become durable. Returns what ends it. */
  readonly onAppend: (listener: () => void) => () => void;
  /** Waits for the appends under way, then lets go of the files. */
  readonly close: () => Promise<void>;
};

export type SpoolOptions = {
  readonly dir: string;
  /** Bytes on disk; over it the oldest are dropped. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Age at which a record is dropped. Default 30 days. */
  readonly maxAgeMs?: number;
  /** Bytes of one record as JSON; a larger one is dropped and counted. Default: the wire's limit of a result. */
  readonly recordBytes?: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Bytes of one file of the queue; oldest records are dropped by whole files. Default 1/64 of `maxBytes`. */
  readonly segmentBytes?: number;
  /** Where the files are; tests give a disk that fails. Default: the folder `dir`. */
  readonly disk?: Disk;
};
