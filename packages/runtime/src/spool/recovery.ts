import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { Disk } from './disk.ts';
import { LEAST_FRAME_BYTES } from './frame.ts';
import { createGapLedger, type GapLedger } from './gap-ledger.ts';
import { createJournal, type Journal, readJournal } from './journal.ts';
import { emptySegment, inspectSegment, inspectSegmentStart, parseSegmentName, type Segment } from './segment.ts';
import { createSequenceSet, type SequenceSet } from './sequence-set.ts';
import type { Gap } from './spool-types.ts';

/** What a spool knows of its records. Owned by the spool; `next` is moved by the writer. */
export type SpoolQueue = {
  readonly epoch: number;
  /** Ascending. The last one may take more records. */
  readonly segments: Segment[];
  /** Delivered, or given up. */
  readonly settled: SequenceSet;
  /** Settled, or in a batch that was given out. */
  readonly taken: SequenceSet;
  readonly gaps: GapLedger;
  readonly journal: Journal;
  /** The sequence of the next record. */
  next: number;
  /** Whether the last segment can take more records. */
  readonly isClean: boolean;
  /** Gaps that the recovery found just now. */
  readonly found: readonly Gap[];
};

/**
 * Reads the state of a spool from its files. Only the newest file is read as a whole: a crash can have cut only its end.
 * The cut is removed. Records that may have been in it lose their sequences, so that none is ever used twice.
 */
export async function recoverQueue(options: {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<SpoolQueue> {
  const { disk, clock, log } = options;
  const names = (await disk.list()).map((name) => ({ name, parsed: parseSegmentName(name) }));
  const known = names.flatMap(({ parsed }) => (parsed === null ? [] : [parsed]));
  const epoch = known.length === 0 ? clock.wallMs() : Math.max(...known.map((segment) => segment.epoch));
  const foreign = known.filter((segment) => segment.epoch !== epoch).length;
  if (foreign > 0) log.warn({ files: foreign, epoch }, 'spool files of another epoch are left alone');

  const settled = createSequenceSet();
  const gaps = createGapLedger();
  const damagedLines = await readJournal(disk, epoch, settled, gaps);
  if (damagedLines > 0)
    log.warn({ lines: damagedLines }, 'lines of the spool journal are damaged: some records may be sent again');
  const journal = createJournal(disk, epoch, settled, gaps);

  const firsts = known.filter((segment) => segment.epoch === epoch).map((segment) => segment.first);
  firsts.sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const [index, first] of firsts.entries()) {
    const segment = emptySegment(epoch, first, clock.wallMs());
    const nextFirst = firsts[index + 1];
    const isDone = nextFirst !== undefined && (nextFirst === first || settled.covers(first, nextFirst - 1));
    if (isDone) {
      await disk.remove(segment.name).catch(() => {});
      continue;
    }
    segments.push(segment);
    if (nextFirst === undefined) continue;
    segment.last = nextFirst - 1;
    const file = await disk.open(segment.name, false);
    try {
      await inspectSegmentStart(segment, file);
    } finally {
      await file.close();
    }
  }
  for (const [index, segment] of segments.entries()) segment.newestAt = segments[index + 1]?.oldestAt ?? segment.newestAt;

  const newest = segments.at(-1);
  const found: Gap[] = [];
  let next = 1;
  let isClean = true;
  if (newest !== undefined) {
    const cut = await cutTail(disk, newest);
    isClean = cut.isClean;
    // Sequences behind the last record were given to writes that failed (then they are settled), or to what was cut off.
    next = Math.max(newest.last, settled.ranges().at(-1)?.[1] ?? 0) + 1;
    if (cut.bytes > 0) {
      log.warn(
        { file: newest.name, bytes: cut.bytes, after: newest.last },
        'the end of the spool was cut by a crash and is removed',
      );
      const lostMost = Math.ceil(cut.bytes / LEAST_FRAME_BYTES);
      const times = { fromAt: newest.newestAt, toAt: Math.max(newest.newestAt, clock.wallMs()) };
      for (const [first, last] of settled.missing(newest.last + 1, next + lostMost - 1)) {
        found.push({ epoch, first, last, ...times, reason: 'spool-torn' });
      }
      next += lostMost;
    }
    for (const gap of found) {
      settled.add(gap.first, gap.last);
      gaps.add(gap);
    }
    const before = segments.at(-2);
    if (before !== undefined) before.newestAt = newest.oldestAt;
  }
  const lowest = segments[0]?.first ?? next;
  if (lowest > 1) settled.add(1, lowest - 1);

  const taken = createSequenceSet();
  for (const range of settled.ranges()) taken.add(...range);
  if (found.length > 0) {
    await journal.write(
      found.map((gap) => ['gap', gap.first, gap.last, gap.fromAt, gap.toAt, gap.reason] as const),
      true,
    );
  }
  return { epoch, segments, settled, taken, gaps, journal, next, isClean, found };
}

async function cutTail(disk: Disk, segment: Segment): Promise<{ readonly bytes: number; readonly isClean: boolean }> {
  const file = await disk.open(segment.name, false);
  try {
    const size = await file.size();
    await inspectSegment(segment, file);
    if (size === segment.bytes) return { bytes: 0, isClean: true };
    const isClean = await file
      .truncate(segment.bytes)
      .then(() => file.sync())
      .then(
        () => true,
        () => false,
      );
    return { bytes: size - segment.bytes, isClean };
  } finally {
    await file.close();
  }
}
