import { crc32 } from 'node:zlib';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import type { DiskFile } from './disk.ts';

/**
 * A record on disk:
 *
 * | bytes | what |
 * |---|---|
 * | 4 | CRC-32 (as gzip) of all that follows, little-endian |
 * | 4 | length of the payload in bytes, little-endian |
 * | 8 | Unix ms at which it was appended, IEEE double, little-endian |
 * | n | payload: a line of JSON that begins with `{"sequence":N` and ends with a line break |
 */
export const FRAME_HEADER_BYTES = 16;
const PREFIX = Buffer.from('{"sequence":');
/** `{"sequence":1}` and the line break. */
const LEAST_PAYLOAD_BYTES = PREFIX.length + 3;
/** The wire's limit of the largest kind of record, its sequence of up to 16 digits, and the line break. */
const MOST_PAYLOAD_BYTES = WIRE_LIMITS.commandBytes + PREFIX.length + 18;
/** The fewest bytes a record takes: so many records at most are in a stretch that cannot be read. */
export const LEAST_FRAME_BYTES = FRAME_HEADER_BYTES + LEAST_PAYLOAD_BYTES;
const CHUNK_BYTES = 256 * 1024;

export type Frame = {
  readonly sequence: number;
  readonly at: number;
  /** Where the frame begins in its file. */
  readonly offset: number;
  readonly bytes: number;
  readonly payload: Buffer;
};

/**
 * The JSON of a record (or of the object it is) without its opening brace, ready to take a sequence in front; null: larger
 * than `mostBytes`, what the wire allows for its kind.
 */
export function frameBody(record: object | string, mostBytes: number = WIRE_LIMITS.recordBytes): Buffer | null {
  const json = typeof record === 'string' ? record : JSON.stringify(record);
  const body = Buffer.from(json === '{}' ? '}\n' : `,${json.slice(1)}\n`);
  return body.length > mostBytes ? null : body;
}

/** Bytes of the frame of a body: at most, whatever its sequence. */
export function frameBytes(body: Buffer): number {
  return FRAME_HEADER_BYTES + PREFIX.length + 16 + body.length;
}

/** Writes a frame into `into` at `offset`; gives the offset after it. */
export function writeFrame(into: Buffer, offset: number, sequence: number, at: number, body: Buffer): number {
  const start = offset + FRAME_HEADER_BYTES;
  let end = start + into.write(`{"sequence":${sequence}`, start, 'latin1');
  end += body.copy(into, end);
  into.writeUInt32LE(end - start, offset + 4);
  into.writeDoubleLE(at, offset + 8);
  into.writeUInt32LE(crc32(into.subarray(offset + 4, end)), offset);
  return end;
}

/**
 * Reads the frames of a file from `position` (the beginning of a frame) to `end`, in order, until `visit` returns false.
 * What is no valid frame is passed over: reading goes on with the next valid one. Gives where the last valid frame ended.
 */
export async function scanFrames(
  file: DiskFile,
  position: number,
  end: number,
  visit: (frame: Frame) => boolean,
): Promise<{ readonly validEnd: number }> {
  let at = position;
  let validEnd = position;
  let chunkBytes = CHUNK_BYTES;
  while (end - at >= LEAST_FRAME_BYTES) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, end - at));
    const got = await file.read(chunk, at);
    const bytes = got === chunk.length ? chunk : chunk.subarray(0, got);
    const isLast = got < chunk.length || at + got >= end;
    let index = 0;
    for (;;) {
      const frame = frameAt(bytes, index, at);
      if (frame !== null) {
        index += frame.bytes;
        validEnd = at + index;
        if (!visit(frame)) return { validEnd };
        continue;
      }
      // Not a whole valid frame here: it goes on in the next chunk, or it is damaged.
      if (!isLast && bytes.length - index < FRAME_HEADER_BYTES + MOST_PAYLOAD_BYTES) break;
      const next = nextFrame(bytes, index + 1, at);
      if (next !== null) {
        index = next;
      } else if (isLast) {
        return { validEnd };
      } else {
        index = Math.max(index + 1, bytes.length - FRAME_HEADER_BYTES - MOST_PAYLOAD_BYTES);
        break;
      }
    }
    // A record larger than the chunk: more of it is read.
    chunkBytes = index === 0 ? Math.min(chunkBytes * 4, CHUNK_BYTES + FRAME_HEADER_BYTES + MOST_PAYLOAD_BYTES) : CHUNK_BYTES;
    at += index;
  }
  return { validEnd };
}

function nextFrame(bytes: Buffer, from: number, base: number): number | null {
  let text = bytes.indexOf(PREFIX, from + FRAME_HEADER_BYTES);
  while (text !== -1) {
    if (frameAt(bytes, text - FRAME_HEADER_BYTES, base) !== null) return text - FRAME_HEADER_BYTES;
    text = bytes.indexOf(PREFIX, text + 1);
  }
  return null;
}

function frameAt(bytes: Buffer, index: number, base: number): Frame | null {
  if (bytes.length - index < LEAST_FRAME_BYTES) return null;
  const length = bytes.readUInt32LE(index + 4);
  if (length < LEAST_PAYLOAD_BYTES || length > MOST_PAYLOAD_BYTES) return null;
  const start = index + FRAME_HEADER_BYTES;
  const end = start + length;
  if (end > bytes.length || crc32(bytes.subarray(index + 4, end)) !== bytes.readUInt32LE(index)) return null;
  const payload = bytes.subarray(start, end);
  const sequence = payloadSequence(payload);
  if (sequence === null) return null;
  return { sequence, at: bytes.readDoubleLE(index + 8), offset: base + index, bytes: FRAME_HEADER_BYTES + length, payload };
}

function payloadSequence(payload: Buffer): number | null {
  if (payload.compare(PREFIX, 0, PREFIX.length, 0, PREFIX.length) !== 0) return null;
  let sequence = 0;
  for (let index = PREFIX.length; index < payload.length; index++) {
    const digit = (payload[index] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    sequence = sequence * 10 + digit;
  }
  return Number.isSafeInteger(sequence) && sequence >= 1 ? sequence : null;
}
