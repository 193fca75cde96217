import { Failed } from './failed.ts';
import { bad, parseHeaderLine } from './response-head.ts';

const LF = 0x0a;
const CR = 0x0d;
/** Digits of a size that are read without making text; longer ones take the slow way. */
const MAX_PLAIN_DIGITS = 8;
/** A size line with its extensions. */
const MAX_SIZE_LINE_BYTES = 4_096;

/**
 * Undoes `Transfer-Encoding: chunked` (RFC 9112 §7.1) from pieces of any size. Extensions are skipped; trailers are
 * checked and counted, not kept. Throws {@link Failed}.
 */
export class ChunkedReader {
  /** Bytes of the trailer lines, without the empty one at the end (as curl counts). */
  trailerBytes = 0;
  isOver = false;
  readonly #maxTrailerBytes: number;
  readonly #onBody: (bytes: Buffer) => void;
  #state: 'size' | 'data' | 'data-end' | 'trailers' = 'size';
  #remaining = 0;
  /** Beginning of a line that is not complete yet. */
  #line = '';

  constructor(maxTrailerBytes: number, onBody: (bytes: Buffer) => void) {
    this.#maxTrailerBytes = maxTrailerBytes;
    this.#onBody = onBody;
  }

  /** Gives how many bytes belong to the body and its trailers: less than all when it is over. */
  push(piece: Buffer): number {
    let at = 0;
    while (at < piece.length && !this.isOver) {
      if (this.#state === 'data') {
        const end = Math.min(piece.length, at + this.#remaining);
        this.#remaining -= end - at;
        this.#onBody(piece.subarray(at, end));
        at = end;
        if (this.#remaining === 0) this.#state = 'data-end';
        continue;
      }
      const plain = this.#line === '' ? this.#takePlain(piece, at) : 0;
      if (plain > 0) {
        at += plain;
        continue;
      }
      const lineEnd = piece.indexOf(LF, at);
      const next = lineEnd < 0 ? piece.length : lineEnd + 1;
      this.#line += piece.toString('latin1', at, lineEnd < 0 ? next : lineEnd);
      if (this.#state === 'trailers') this.#countTrailer(next - at);
      else if (this.#line.length > MAX_SIZE_LINE_BYTES) throw bad('the size of a chunk is', this.#line);
      at = next;
      if (lineEnd >= 0) this.#takeLine();
    }
    return at;
  }

  /**
   * The usual case without making text: `hex CR LF` before a chunk, `CR LF` behind it. Gives the bytes taken, 0 when it is
   * anything else. A server that sends chunks of a byte each must not cost much.
   */
  #takePlain(piece: Buffer, from: number): number {
    if (this.#state === 'data-end') {
      if (piece[from] !== CR || piece[from + 1] !== LF) return 0;
      this.#state = 'size';
      return 2;
    }
    if (this.#state !== 'size') return 0;
    let size = 0;
    let at = from;
    for (; at < from + MAX_PLAIN_DIGITS; at++) {
      const digit = hexDigit(piece[at] ?? 0);
      if (digit < 0) break;
      size = size * 16 + digit;
    }
    if (at === from || piece[at] !== CR || piece[at + 1] !== LF) return 0;
    this.#remaining = size;
    this.#state = size === 0 ? 'trailers' : 'data';
    return at + 2 - from;
  }

  #takeLine(): void {
    const lineBytes = this.#line.length + 1;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    if (this.#state === 'trailers') {
      if (line === '') {
        this.isOver = true;
        this.trailerBytes -= lineBytes;
      }
      if (line !== '' && !/^[ \t]/.test(line)) parseHeaderLine(line);
      return;
    }
    if (this.#state === 'data-end') {
      if (line !== '') throw bad('a chunk is longer than its size says:', line);
      this.#state = 'size';
      return;
    }
    const size = /^([0-9a-fA-F]{1,13})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined) throw bad('the size of a chunk is', line);
    this.#remaining = Number.parseInt(size, 16);
    this.#state = this.#remaining === 0 ? 'trailers' : 'data';
  }

  #countTrailer(bytes: number): void {
    this.trailerBytes += bytes;
    if (this.trailerBytes <= this.#maxTrailerBytes) return;
    throw new Failed('headers-too-large', 'the trailers of the answer are larger than the limit');
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
