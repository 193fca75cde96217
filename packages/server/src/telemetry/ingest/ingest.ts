import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { ResultRecord } from '@watchpost/contracts/results/result';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Log } from '@watchpost/runtime/log/log';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { Engine } from '../engine/engine.ts';
import { RESULT_COLUMNS } from '../rows/result-columns.ts';
import { toRow } from '../rows/result-row.ts';
import { createRowBinaryEncoder, type Row } from '../rows/row-binary.ts';
import type { ResultBatch } from '../telemetry-store.ts';
import { type Ledger, MAX_INTERVALS } from './ledger.ts';
import type { PendingRounds } from './pending-rounds.ts';

const LIMITS = {
  /** Records of one insert, of all agents together. */
  groupRecords: 30_000,
  /** Pause between inserts: more of them would make more small parts than can be merged. */
  groupMs: 80,
  /** A group this large does not wait. */
  groupFullRecords: 5_000,
  /** Records that may wait; above it batches are refused with `unavailable`. */
  waitingRecords: 120_000,
  /** How long one insert is tried again before its batches are refused. */
  retryMs: 20_000,
  retryPauseMs: 250,
  /** A result may lie this far in the future: the clocks of agents differ. */
  futureMs: 3_600_000,
} as const;

const INSERT = `INSERT INTO results (${RESULT_COLUMNS.map(({ name }) => name).join(', ')}) FORMAT RowBinary`;

type Waiting = {
  readonly batch: ResultBatch;
  readonly resolve: (inserted: number) => void;
  readonly reject: (error: unknown) => void;
};
/** Records of which it is not known whether they are stored. */
type Doubt = {
  readonly agentId: string;
  readonly epoch: number;
  first: number;
  last: number;
  readonly receivedAt: number;
  readonly tokens: string[];
};

export type Ingest = {
  /** Gives the number of new records once they are durable. */
  readonly insert: (batch: ResultBatch) => Promise<number>;
  /** No record received at or before this (Unix ms) may still be on its way into the table. */
  readonly settledAt: () => number;
  /** Looks up the records of failed inserts, so that `settledAt` can go on when their agents do not come back. */
  readonly settleDoubts: () => Promise<void>;
  /** Waits for what is under way, then refuses more. */
  readonly close: () => Promise<void>;
};

/**
 * Writes batches of many agents in common inserts, one at a time: so two deliveries of one record can never be under way
 * together. A record whose identity is in the ledger is left out. An insert whose end is not known is repeated with the
 * same bytes and the same deduplication token; when that does not help, its records are looked up before anything of the
 * same agent is written again.
 */
export function createIngest(options: {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly pending: PendingRounds;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Results of rounds before this are refused: their raw data may be gone already. Unix ms. */
  readonly acceptFrom: () => number;
}): Ingest {
  const { engine, ledger, pending, clock, log, metrics } = options;
  const encode = createRowBinaryEncoder(RESULT_COLUMNS);
  const rowsWritten = metrics.counter('results_stored_total', 'Results written to the telemetry store');
  const insertSeconds = metrics.histogram('store_insert_seconds', 'Time of one durable insert of results');
  const waiting: Waiting[] = [];
  const doubts = new Map<string, Doubt>();
  let waitingRecords = 0;
  let newestReceivedAt = ledger.newestReceivedAt;
  let settledAt = ledger.newestReceivedAt;
  let working: Promise<void> | null = null;
  let isClosed = false;
  let lastInsertAt = -Infinity;
  const wake = { now: (): void => undefined };

  const accepts = (record: ResultRecord): boolean => {
    const reason =
      record.roundAt < options.acceptFrom()
        ? 'too-old'
        : record.roundAt > clock.wallMs() + LIMITS.futureMs
          ? 'in-the-future'
          : null;
    if (reason !== null) metrics.dropped.inc({ reason });
    return reason === null;
  };

  /** New records of a batch, given what is stored and what stands earlier in the same group. */
  const newRecords = (batch: ResultBatch, inGroup: Map<string, Set<number>>): ResultRecord[] => {
    const key = `${batch.agentId}:${batch.epoch}`;
    const stored = ledger.stored(batch.agentId, batch.epoch);
    if (stored.intervals > MAX_INTERVALS) throw new AppError('bad-batch', 'the agent has left too many holes in its sequences');
    const earlier = inGroup.get(key) ?? new Set<number>();
    inGroup.set(key, earlier);
    return batch.records.filter((record) => {
      if (stored.has(record.sequence) || earlier.has(record.sequence) || !accepts(record)) return false;
      earlier.add(record.sequence);
      return true;
    });
  };

  const settle = async (key: string, doubt: Doubt): Promise<void> => {
    for (const token of doubt.tokens) {
      const [row] = await engine.rows<{ n: number }>(
        'SELECT count() AS n FROM system.processes WHERE startsWith(query_id, {prefix:String})',
        {
          prefix: queryPrefix(token),
        },
      );
      if ((row?.n ?? 0) > 0) throw new AppError('unavailable', 'an earlier insert is still under way', { retryAfterS: 2 });
    }
    await ledger.recheck(doubt.agentId, doubt.epoch, doubt.first, doubt.last);
    if (doubts.get(key) === doubt) doubts.delete(key);
  };

  const settleDoubtsOf = async (group: readonly Waiting[]): Promise<void> => {
    for (const { batch } of group) {
      const key = `${batch.agentId}:${batch.epoch}`;
      const doubt = doubts.get(key);
      if (doubt !== undefined) await settle(key, doubt);
      // Other servers write to a shared store too: what they took in is not in our ledger.
      if (!engine.isPrivate) await ledger.recheck(batch.agentId, batch.epoch, ...extent(batch));
    }
  };

  const write = async (rows: readonly Row[], token: string): Promise<void> => {
    const body = encode(rows);
    const until = clock.monotonicUs() + LIMITS.retryMs * 1_000;
    for (;;) {
      const begin = clock.monotonicUs();
      try {
        await engine.insert(INSERT, body, {
          queryId: `${queryPrefix(token)}${Math.round(begin)}`,
          settings: { insert_deduplication_token: token, insert_deduplicate: 1, max_partitions_per_insert_block: '0' },
        });
        insertSeconds.observe((clock.monotonicUs() - begin) / 1e6);
        rowsWritten.inc(rows.length);
        return;
      } catch (error) {
        if (clock.monotonicUs() > until || (error instanceof AppError && error.code === 'internal')) throw error;
        log.warn({ err: error, rows: rows.length }, 'an insert failed and is tried again');
        await delay(LIMITS.retryPauseMs);
      }
    }
  };

  const commit = async (group: readonly Waiting[]): Promise<void> => {
    const taken: { readonly waiting: Waiting; readonly records: readonly ResultRecord[] }[] = [];
    const token = randomUUID();
    const receivedAt = Math.max(newestReceivedAt + 1, clock.wallMs());
    newestReceivedAt = receivedAt;
    try {
      await settleDoubtsOf(group);
      const inGroup = new Map<string, Set<number>>();
      const rows: Row[] = [];
      for (const each of group) {
        try {
          const records = newRecords(each.batch, inGroup);
          for (const record of records) rows.push(toRow(record, each.batch.agentId, each.batch.epoch, receivedAt));
          taken.push({ waiting: each, records });
          const rounds = roundsOf(records);
          if (rounds !== null) pending.note(receivedAt, ...rounds);
        } catch (error) {
          each.reject(error);
        }
      }
      if (rows.length > 0) await write(rows, token);
    } catch (error) {
      for (const {
        waiting: { batch },
      } of taken) {
        const key = `${batch.agentId}:${batch.epoch}`;
        const [first, last] = extent(batch);
        const doubt = doubts.get(key) ?? { agentId: batch.agentId, epoch: batch.epoch, first, last, receivedAt, tokens: [] };
        doubt.first = Math.min(doubt.first, first);
        doubt.last = Math.max(doubt.last, last);
        if (!doubt.tokens.includes(token)) doubt.tokens.push(token);
        doubts.set(key, doubt);
      }
      for (const each of group) each.reject(error);
      return;
    }
    for (const { waiting: each, records } of taken) {
      ledger.note(
        each.batch.agentId,
        each.batch.epoch,
        records.map((record) => record.sequence),
      );
    }
    settledAt = receivedAt;
    for (const { waiting: each, records } of taken) each.resolve(records.length);
  };

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const pauseMs = LIMITS.groupMs - (clock.monotonicUs() - lastInsertAt) / 1_000;
      if (pauseMs > 1 && waitingRecords < LIMITS.groupFullRecords && !isClosed) {
        const early = new AbortController();
        wake.now = () => early.abort();
        await delay(pauseMs, undefined, { signal: early.signal }).catch(() => undefined);
        wake.now = () => undefined;
      }
      const group: Waiting[] = [];
      let records = 0;
      while (
        waiting[0] !== undefined &&
        (group.length === 0 || records + waiting[0].batch.records.length <= LIMITS.groupRecords)
      ) {
        const next = waiting.shift();
        if (next === undefined) break;
        group.push(next);
        records += next.batch.records.length;
      }
      waitingRecords -= records;
      lastInsertAt = clock.monotonicUs();
      await commit(group);
    }
    working = null;
  };

  return {
    settledAt: () => Math.min(settledAt, ...[...doubts.values()].map((doubt) => doubt.receivedAt - 1)),
    settleDoubts: async () => {
      for (const [key, doubt] of doubts) await settle(key, doubt);
    },
    insert: (batch) => {
      if (isClosed) return Promise.reject(new AppError('unavailable', 'the server is stopping', { retryAfterS: 5 }));
      if (waitingRecords + batch.records.length > LIMITS.waitingRecords) {
        return Promise.reject(new AppError('unavailable', 'too many results wait to be written', { retryAfterS: 2 }));
      }
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      waiting.push({ batch, resolve, reject });
      waitingRecords += batch.records.length;
      if (waitingRecords >= LIMITS.groupFullRecords) wake.now();
      working ??= work();
      return promise;
    },
    close: async () => {
      isClosed = true;
      wake.now();
      await working;
    },
  };
}

const queryPrefix = (token: string): string => `watchpost-ingest-${token}-`;

/** First and last round; null: there are no records. */
function roundsOf(records: readonly ResultRecord[]): readonly [from: number, to: number] | null {
  if (records.length === 0) return null;
  return records.reduce<readonly [number, number]>(
    ([from, to], { roundAt }) => [Math.min(from, roundAt), Math.max(to, roundAt)],
    [Infinity, -Infinity],
  );
}

/** Lowest and highest sequence of a batch. */
function extent(batch: ResultBatch): readonly [first: number, last: number] {
  let first = batch.first;
  let last = batch.last;
  for (const { sequence } of batch.records) {
    first = Math.min(first, sequence);
    last = Math.max(last, sequence);
  }
  return [first, last];
}
