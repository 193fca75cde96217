import type { Disk, DiskFile } from './disk.ts';
import { type Frame, scanFrames } from './frame.ts';

/** A place in a segment from which reading can begin. */
type Point = { readonly sequence: number; readonly offset: number; readonly at: number };

/** One file of the queue. In memory only this; never a list of its records. */
export type Segment = {
  readonly name: string;
  /** Sequence of the first record it was made for. */
  readonly first: number;
  /** Highest sequence in it; `first - 1`: empty. */
  last: number;
  /** Bytes that are durable and whole; what lies behind is not read. */
  bytes: number;
  oldestAt: number;
  newestAt: number;
  /** Some places, ascending, so that a read need not begin at the start. */
  points: Point[];
  /** Reads that failed in a row. */
  failedReads: number;
};

/** Records between two points of a segment that is written no more. */
const POINT_RECORDS = 256;
/** Most points of the segment being written, for which the age of the oldest record is to be known closely. */
const MOST_POINTS = 4_096;

const NAME = /^(\d{13,16})-(\d{16})\.seg$/;

/** `1763848800000-0000000000000001.seg`: the epoch and the first sequence. */
export function segmentName(epoch: number, first: number): string {
  return `${String(epoch).padStart(13, '0')}-${String(first).padStart(16, '0')}.seg`;
}

export function parseSegmentName(name: string): { readonly epoch: number; readonly first: number } | null {
  const match = NAME.exec(name);
  return match === null ? null : { epoch: Number(match[1]), first: Number(match[2]) };
}

export function emptySegment(epoch: number, first: number, at: number): Segment {
  const name = segmentName(epoch, first);
  return { name, first, last: first - 1, bytes: 0, oldestAt: at, newestAt: at, points: [], failedReads: 0 };
}

/** Takes note of records that were written at the end. */
export function extendSegment(segment: Segment, first: number, last: number, offset: number, bytes: number, at: number): void {
  if (segment.bytes === 0) segment.oldestAt = at;
  segment.points.push({ sequence: first, offset, at });
  if (segment.points.length > MOST_POINTS) thinOut(segment, 2);
  segment.last = last;
  segment.bytes = offset + bytes;
  segment.newestAt = Math.max(segment.newestAt, at);
}

/** A segment is written no more: fewer points will do. */
export function sealSegment(segment: Segment): void {
  const records = segment.last - segment.first + 1;
  const wanted = Math.ceil(records / POINT_RECORDS);
  if (segment.points.length > wanted) thinOut(segment, Math.ceil(segment.points.length / Math.max(wanted, 1)));
}

function thinOut(segment: Segment, keepEvery: number): void {
  segment.points = segment.points.filter((_, index) => index % keepEvery === 0);
}

/** Reads a whole segment: what is in it, and where its valid part ends. */
export async function inspectSegment(segment: Segment, file: DiskFile): Promise<void> {
  let isFirst = true;
  const { validEnd } = await scanFrames(file, 0, await file.size(), (frame) => {
    if (isFirst) segment.oldestAt = frame.at;
    if (isFirst || frame.sequence - (segment.points.at(-1)?.sequence ?? 0) >= POINT_RECORDS) {
      segment.points.push({ sequence: frame.sequence, offset: frame.offset, at: frame.at });
    }
    isFirst = false;
    segment.newestAt = frame.at;
    segment.last = Math.max(segment.last, frame.sequence);
    return true;
  });
  segment.bytes = validEnd;
}

/** Finds out only when the first record of a segment was appended. */
export async function inspectSegmentStart(segment: Segment, file: DiskFile): Promise<void> {
  segment.bytes = await file.size();
  await scanFrames(file, 0, segment.bytes, (frame) => {
    segment.oldestAt = frame.at;
    segment.points.push({ sequence: frame.sequence, offset: frame.offset, at: frame.at });
    return false;
  });
}

export type SegmentRead = {
  readonly frames: readonly Frame[];
  /** What the frames answer for: all in it that is not among them is damaged or was never there. */
  readonly first: number;
  readonly last: number;
};

/**
 * Reads the frames of the sequences `first` to `last`, ascending, leaving out what is damaged. When they are more than
 * `maxBytes`, those at the `keep` end of the range; one frame at least.
 */
export async function readSegment(
  disk: Disk,
  segment: Segment,
  range: { readonly first: number; readonly last: number; readonly maxBytes: number; readonly keep: 'oldest' | 'newest' },
): Promise<SegmentRead> {
  const file = await disk.open(segment.name, false);
  try {
    const frames: Frame[] = [];
    let { first, last } = range;
    let bytes = 0;
    let previous = 0;
    await scanFrames(file, pointBefore(segment, first)?.offset ?? 0, segment.bytes, (frame) => {
      if (frame.sequence <= previous) return true;
      previous = frame.sequence;
      if (frame.sequence - (segment.points.at(-1)?.sequence ?? 0) >= POINT_RECORDS) {
        segment.points.push({ sequence: frame.sequence, offset: frame.offset, at: frame.at });
      }
      if (frame.sequence < range.first) return true;
      if (frame.sequence > last) return false;
      if (range.keep === 'oldest' && frames.length > 0 && bytes + frame.payload.length > range.maxBytes) {
        last = frame.sequence - 1;
        return false;
      }
      frames.push(frame);
      bytes += frame.payload.length;
      while (bytes > range.maxBytes && frames.length > 1) {
        bytes -= frames.shift()?.payload.length ?? 0;
        first = frames[0]?.sequence ?? first;
      }
      return frame.sequence < last;
    });
    segment.failedReads = 0;
    return { frames, first, last };
  } finally {
    await file.close();
  }
}

/** About when the record of a sequence was appended. */
export function appendedAt(segment: Segment, sequence: number): number {
  return pointBefore(segment, sequence)?.at ?? segment.oldestAt;
}

function pointBefore(segment: Segment, sequence: number): Point | undefined {
  return segment.points.findLast((point) => point.sequence <= sequence);
}
