import assert from 'node:assert/strict';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { createAgeClock } from './age-clock.ts';
import { APPEND_LIMITS, createAppendQueue, type Group } from './append-queue.ts';
import { openDisk } from './disk.ts';
import { recoverQueue } from './recovery.ts';
import { createSegmentWriter } from './segment-writer.ts';
import { appendedAt, readSegment, type Segment } from './segment.ts';
import type { SequenceRange } from './sequence-set.ts';
import { lockSpool } from './spool-lock.ts';
import type { Batch, Gap, ReadLimits, Spool, SpoolOptions, SpoolStats } from './spool-types.ts';

export type { Batch, Gap, ReadLimits, Spool, SpoolOptions, SpoolStats } from './spool-types.ts';

export const SPOOL_DEFAULTS = { maxBytes: 1024 * 1024 * 1024, maxAgeMs: 30 * 86_400_000 } as const;

const LIMITS = {
  segmentBytes: { least: 16 * 1024, most: 16 * 1024 * 1024 },
  /** How often age is looked at. */
  ageCheckMs: 60_000,
  /** Failed reads of a segment in a row after which what cannot be read is given up. */
  failedReads: 5,
  /** Stretches without a readable record that one call passes over. */
  emptyReads: 1_000,
} as const;

/** Opens the queue in a folder, recovering what a crash left. Rejects with AppError `spool-failed`. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { clock, log } = options;
  const maxBytes = options.maxBytes ?? SPOOL_DEFAULTS.maxBytes;
  const maxAgeMs = options.maxAgeMs ?? SPOOL_DEFAULTS.maxAgeMs;
  const { least, most } = LIMITS.segmentBytes;
  const segmentBytes = options.segmentBytes ?? Math.min(Math.max(Math.trunc(maxBytes / 64), least), most);
  assert(maxBytes >= 4 * segmentBytes, 'a spool needs room for four segments');

  const disk =
    options.disk ?? (await openDisk(options.dir).catch((error: unknown) => failed('the folder cannot be used', error)));
  const lock = options.disk === undefined ? await lockSpool(options.dir) : null;
  const queue = await recoverQueue({ disk, clock, log }).catch(async (error: unknown) => {
    await lock?.release();
    return failed('the files cannot be read', error);
  });
  const { epoch, segments, settled, taken, gaps, journal } = queue;
  const dropped: Record<string, number> = {};
  const listeners = new Set<() => void>();
  const ageNow = createAgeClock(clock);
  let ageCheckedAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  const count = (reason: string, records: number): void => {
    if (records === 0) return;
    dropped[reason] = (dropped[reason] ?? 0) + records;
    options.metrics?.dropped.inc({ reason }, records);
  };
  for (const gap of queue.found) count(gap.reason, gap.last - gap.first + 1);

  /** Gives up what is not settled of the ranges. The gap is in the journal before anything else happens. */
  const giveUp = async (
    ranges: readonly SequenceRange[],
    reason: string,
    times: { fromAt: number; toAt: number },
  ): Promise<void> => {
    const lost: Gap[] = ranges.map(([first, last]) => ({ epoch, first, last, ...times, reason }));
    for (const gap of lost) {
      settled.add(gap.first, gap.last);
      taken.add(gap.first, gap.last);
      gaps.add(gap);
      count(reason, gap.last - gap.first + 1);
    }
    const entries = lost.map((gap) => ['gap', gap.first, gap.last, gap.fromAt, gap.toAt, gap.reason] as const);
    if (entries.length > 0) await journal.write(entries, true);
  };

  const removeSegment = async (segment: Segment): Promise<void> => {
    const index = segments.indexOf(segment);
    if (index === -1) return;
    segments.splice(index, 1);
    const lowest = segments[0]?.first ?? 1;
    if (lowest > 1) {
      settled.add(1, lowest - 1);
      taken.add(1, lowest - 1);
    }
    await disk
      .remove(segment.name)
      .catch((error: unknown) => log.warn({ err: error, file: segment.name }, 'a spool file was not removed'));
  };

  const dropSegment = async (segment: Segment, reason: string): Promise<void> => {
    const ranges = segment.last < segment.first ? [] : settled.missing(segment.first, segment.last);
    if (ranges.length > 0) log.warn({ reason, ranges: ranges.slice(0, 10) }, 'spooled records are dropped');
    await giveUp(ranges, reason, { fromAt: segment.oldestAt, toAt: segment.newestAt });
    await removeSegment(segment);
    // On a full disk the gap finds room only now.
    await journal.catchUp();
  };

  const dropAged = async (): Promise<void> => {
    const now = ageNow();
    if (now - ageCheckedAt < LIMITS.ageCheckMs) return;
    ageCheckedAt = now;
    for (let oldest = segments[0]; oldest !== undefined && now - oldest.newestAt > maxAgeMs; oldest = segments[0]) {
      if (oldest === segments.at(-1)) break;
      await dropSegment(oldest, 'spool-age');
    }
  };

  const bytesOnDisk = (): number => segments.reduce((sum, segment) => sum + segment.bytes, 0);

  const writer = createSegmentWriter({
    disk,
    clock,
    log,
    queue,
    shouldRotate: (active) => {
      if (active.bytes >= segmentBytes) return true;
      if (active.bytes === 0) return false;
      const isSettled = active.bytes >= segmentBytes / 16 && settled.covers(active.first, active.last);
      return isSettled || ageNow() - active.newestAt > maxAgeMs;
    },
    giveUp,
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
  });

  const commit = async (group: Group, bytes: number): Promise<number> => {
    await dropAged();
    for (let oldest = segments[0]; oldest !== undefined && bytesOnDisk() + bytes > maxBytes; oldest = segments[0]) {
      if (oldest === segments.at(-1)) break;
      await dropSegment(oldest, 'spool-full');
    }
    const first = await writer.write(group, bytes);
    for (const listener of listeners) listener();
    return first;
  };
  const appends = createAppendQueue({
    commit,
    groupBytes: Math.min(APPEND_LIMITS.groupBytes, Math.trunc(maxBytes / 4)),
    recordBytes: options.recordBytes,
    onRefused: (records) => count('spool-busy', records),
  });

  /** Settles what lies behind, and removes the files that hold nothing else. The newest file stays: it knows the next sequence. */
  const settle = async (first: number, last: number): Promise<void> => {
    settled.add(first, last);
    taken.add(first, last);
    await journal.write([['settled', first, last]], false);
    for (const segment of segments.slice(0, -1)) {
      if (segment.last < segment.first || settled.covers(segment.first, segment.last)) await removeSegment(segment);
    }
  };

  const release = (first: number, last: number): void => {
    taken.remove(first, last);
    for (const range of settled.within(first, last)) taken.add(...range);
  };

  const readStretch = async (stretch: SequenceRange, keep: 'oldest' | 'newest', limits: ReadLimits): Promise<Batch | null> => {
    const segment = segments.findLast((candidate) => candidate.first <= (keep === 'oldest' ? stretch[0] : stretch[1]));
    if (segment === undefined) return null;
    const most = Math.max(limits.maxRecords, 1);
    const first = keep === 'oldest' ? stretch[0] : Math.max(stretch[0], segment.first, stretch[1] - most + 1);
    const last = keep === 'oldest' ? Math.min(stretch[1], segment.last, stretch[0] + most - 1) : stretch[1];
    taken.add(first, last);
    try {
      const read = await readSegment(disk, segment, { first, last, maxBytes: limits.maxBytes, keep });
      if (read.first > first) release(first, read.first - 1);
      if (read.last < last) release(read.last + 1, last);
      const sequences = read.frames.map((frame) => frame.sequence);
      await giveUpDamaged(segment, read.first, read.last, sequences);
      const lines = read.frames.map((frame) => frame.payload);
      const bytes = lines.reduce((sum, line) => sum + line.length, 0);
      return { epoch, first: read.first, last: read.last, lines, sequences, count: lines.length, bytes };
    } catch (error) {
      if (!segments.includes(segment)) return null;
      segment.failedReads += 1;
      release(first, last);
      if (segment.failedReads >= LIMITS.failedReads) {
        log.error({ err: error, file: segment.name, first, last }, 'spooled records cannot be read and are given up');
        await giveUp(settled.missing(first, last), 'spool-unreadable', { fromAt: segment.oldestAt, toAt: segment.newestAt });
        return null;
      }
      return failed(`${segment.name} cannot be read`, error);
    }
  };

  const giveUpDamaged = async (segment: Segment, first: number, last: number, sequences: readonly number[]): Promise<void> => {
    const damaged: SequenceRange[] = [];
    let next = first;
    for (const sequence of [...sequences, last + 1]) {
      if (sequence > next) damaged.push(...settled.missing(next, sequence - 1));
      next = sequence + 1;
    }
    if (damaged.length === 0) return;
    log.warn({ file: segment.name, ranges: damaged.slice(0, 10) }, 'spooled records are damaged');
    await giveUp(damaged, 'spool-damaged', { fromAt: appendedAt(segment, first), toAt: segment.newestAt });
  };

  const read = async (keep: 'oldest' | 'newest', first: number, last: number, limits: ReadLimits): Promise<Batch | null> => {
    assertOpen(isClosed);
    await dropAged();
    for (let attempt = 0; attempt < LIMITS.emptyReads; attempt++) {
      const lowest = Math.max(first, segments[0]?.first ?? 1);
      const highest = Math.min(last, queue.next - 1);
      const stretch = keep === 'oldest' ? taken.firstMissing(lowest, highest) : taken.lastMissing(lowest, highest);
      if (stretch === null) return null;
      const batch = await readStretch(stretch, keep, limits);
      if (batch !== null && batch.count > 0) return batch;
    }
    return null;
  };

  const stats = (): SpoolStats => {
    const lowest = segments[0]?.first ?? queue.next;
    const newest = queue.next - 1;
    const oldest = settled.firstMissing(lowest, newest);
    const holder = oldest === null ? undefined : segments.findLast((segment) => segment.first <= oldest[0]);
    return {
      records: newest < lowest ? 0 : newest - lowest + 1 - settled.countWithin(lowest, newest),
      bytes: bytesOnDisk(),
      limitBytes: maxBytes,
      oldestAt: oldest === null || holder === undefined ? null : Math.trunc(appendedAt(holder, oldest[0])),
      newest,
      dropped: { ...dropped },
    };
  };

  await dropAged();
  const opened = stats();
  log.info({ epoch, records: opened.records, bytes: opened.bytes, newest: opened.newest }, 'the spool is open');

  return {
    epoch,
    append: async (records) => {
      assertOpen(isClosed);
      assert(records.length > 0, 'an append needs a record');
      return appends.append(records);
    },
    readNewest: (limits) => read('newest', (limits.after ?? 0) + 1, Number.MAX_SAFE_INTEGER, limits),
    readOldest: (limits) => read('oldest', 1, limits.upTo ?? Number.MAX_SAFE_INTEGER, limits),
    release: (batch) => release(batch.first, batch.last),
    acknowledge: async (first, last) => {
      assertOpen(isClosed);
      assert(first >= 1 && last >= first && last < queue.next, `sequences ${first}-${last} were never given`);
      await settle(first, last);
    },
    drop: async (first, last, reason) => {
      assertOpen(isClosed);
      assert(first >= 1 && last >= first && last < queue.next, `sequences ${first}-${last} were never given`);
      const holder = segments.findLast((segment) => segment.first <= first);
      const at = holder === undefined ? clock.wallMs() : Math.trunc(appendedAt(holder, first));
      await giveUp(settled.missing(first, last), reason, { fromAt: at, toAt: at });
      await settle(first, last);
    },
    stats,
    waiting: (first, last) => settled.missing(first, Math.min(last, queue.next - 1)),
    takeGaps: () => gaps.all(),
    confirmGaps: async (confirmed) => {
      assertOpen(isClosed);
      gaps.confirm(confirmed);
      await journal.write(
        confirmed.map((gap) => ['confirmed', gap.first, gap.last, gap.toAt, gap.reason] as const),
        true,
      );
    },
    onAppend: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      listeners.clear();
      await appends.idle();
      await writer.close();
      await journal.close();
      await lock?.release();
    },
  };
}

function assertOpen(isClosed: boolean): void {
  if (isClosed) throw new AppError('spool-failed', 'it is closed');
}

function failed(what: string, error: unknown): never {
  if (error instanceof AppError) throw error;
  throw new AppError('spool-failed', `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
