import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Group } from './append-queue.ts';
import type { Disk, DiskFile } from './disk.ts';
import { writeFrame } from './frame.ts';
import type { SpoolQueue } from './recovery.ts';
import { emptySegment, extendSegment, sealSegment, type Segment } from './segment.ts';
import type { SequenceRange } from './sequence-set.ts';

export type SegmentWriter = {
  /** Writes the records of a group durably; gives the sequence of the first. Rejects with AppError `spool-failed`. */
  readonly write: (group: Group, bytes: number) => Promise<number>;
  readonly close: () => Promise<void>;
};

/** Writes at the end of the newest segment, and begins a new one when it is time. One write at a time. */
export function createSegmentWriter(options: {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: SpoolQueue;
  readonly shouldRotate: (active: Segment) => boolean;
  readonly giveUp: (ranges: readonly SequenceRange[], reason: string, times: { fromAt: number; toAt: number }) => Promise<void>;
  readonly metrics?: Metrics;
}): SegmentWriter {
  const { disk, clock, log, queue, metrics } = options;
  const appended = metrics?.counter('spool_appended_total', 'Records that were written to the spool');
  const failures = metrics?.counter('spool_write_failures_total', 'Writes to the spool that failed');
  const commitSeconds = metrics?.histogram('spool_commit_seconds', 'Time of one write and sync of the spool');
  /** The open file of the newest segment; null: not opened yet, or no longer to be trusted. */
  let file: DiskFile | null = null;
  let canContinue = queue.isClean;
  let failedWrites = 0;

  const active = async (): Promise<{ readonly segment: Segment; readonly file: DiskFile }> => {
    const newest = queue.segments.at(-1);
    if (newest !== undefined && canContinue && !options.shouldRotate(newest)) {
      file ??= await disk.open(newest.name, false);
      return { segment: newest, file };
    }
    await file?.close().catch(() => {});
    file = null;
    const segment = emptySegment(queue.epoch, queue.next, clock.wallMs());
    const created = await disk.open(segment.name, true);
    try {
      await disk.syncDirectory();
    } catch (error) {
      await created.close().catch(() => {});
      throw error;
    }
    if (newest !== undefined) {
      newest.last = queue.next - 1;
      sealSegment(newest);
    }
    if (newest?.name === segment.name) queue.segments.pop();
    queue.segments.push(segment);
    file = created;
    canContinue = true;
    return { segment, file };
  };

  const commit = async (group: Group, bytes: number): Promise<void> => {
    const { segment, file: target } = await active();
    const at = clock.wallMs();
    const buffer = Buffer.allocUnsafe(bytes);
    let end = 0;
    for (const [index, body] of group.entries()) {
      if (body !== null) end = writeFrame(buffer, end, queue.next + index, at, body);
    }
    const offset = segment.bytes;
    let isWritten = false;
    try {
      await target.write(buffer.subarray(0, end), offset);
      isWritten = true;
      await target.sync();
    } catch (error) {
      // After a failed sync nobody knows what is on disk: the file gets no more records. A failed write is cut off.
      canContinue = !isWritten;
      await target.truncate(offset).catch(() => {
        canContinue = false;
      });
      throw error;
    }
    extendSegment(segment, queue.next, queue.next + group.length - 1, offset, end, at);
    queue.next += group.length;
  };

  /** Takes the sequences of records away that could not be kept. */
  const burn = async (first: number, last: number, reason: string): Promise<void> => {
    const at = clock.wallMs();
    queue.next = Math.max(queue.next, last + 1);
    await options.giveUp([[first, last]], reason, { fromAt: at, toAt: at });
  };

  return {
    write: async (group, bytes) => {
      const first = queue.next;
      const startedUs = clock.monotonicUs();
      try {
        await commit(group, bytes);
      } catch (error) {
        failures?.inc();
        failedWrites += 1;
        if (failedWrites === 1) log.error({ err: error }, 'the spool cannot be written: records are lost until it can');
        await burn(first, first + group.length - 1, 'spool-write');
        throw new AppError('spool-failed', error instanceof Error ? error.message : String(error), { cause: error });
      }
      if (failedWrites > 0) log.warn({ failedWrites }, 'the spool can be written again');
      failedWrites = 0;
      await queue.journal.catchUp();
      appended?.inc(group.length);
      commitSeconds?.observe((clock.monotonicUs() - startedUs) / 1_000_000);
      for (const [index, body] of group.entries()) {
        if (body === null) await burn(first + index, first + index, 'too-large');
      }
      return first;
    },
    close: async () => {
      await file?.close().catch(() => {});
      file = null;
    },
  };
}
