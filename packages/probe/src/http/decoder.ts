import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { Failure } from '../probers/prober.ts';
import { headerValues, type Header } from './response-head.ts';

/** Encodings put on each other that are undone; a longer list is hostile. */
const MAX_ENCODINGS = 4;
/** Compressed bytes that may wait for the decompressor before reading pauses. */
const MAX_WAITING_BYTES = 1_048_576;
/** Decoded bytes handed over at a time. */
const OUTPUT_BYTES = 65_536;

type Encoding = 'gzip' | 'deflate' | 'br' | 'zstd';
const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

/**
 * The encodings of a body, in the order in which they were applied. One that nobody knows leaves the body as it came:
 * servers put character sets and the like there, and browsers do the same.
 */
export function encodingsOf(headers: readonly Header[]): readonly Encoding[] {
  const names = headerValues(headers, 'content-encoding').flatMap((value) => value.toLowerCase().split(','));
  const known = names.map((name) => ENCODINGS.get(name.trim())).filter((encoding) => encoding !== undefined);
  return known.length > MAX_ENCODINGS ? [] : known;
}

export type DecoderEvents = {
  readonly maxDecodedBytes: number;
  readonly onBytes: (bytes: Buffer) => void;
  readonly onDrain: () => void;
  readonly onFailure: (failure: Failure) => void;
};

/** Undoes content encodings while the body arrives, in threads of the pool; never holds more than its limits. */
export class Decoder {
  decodedBytes = 0;
  readonly #encodings: readonly Encoding[];
  readonly #events: DecoderEvents;
  #stages: readonly Transform[] = [];
  #waitingBytes = 0;
  #failure: Failure | null = null;
  #isCancelled = false;
  #onSettled: (() => void) | null = null;
  #isSettled = false;

  constructor(encodings: readonly Encoding[], events: DecoderEvents) {
    this.#encodings = encodings;
    this.#events = events;
  }

  /** Takes a piece for itself. True: too much is waiting, `onDrain` follows. */
  write(piece: Buffer): boolean {
    if (this.#failure !== null || piece.length === 0) return false;
    if (this.#stages.length === 0) this.#start(piece[0] ?? 0);
    this.#waitingBytes += piece.length;
    this.#stages[0]?.write(piece, () => {
      const wasFull = this.#waitingBytes > MAX_WAITING_BYTES;
      this.#waitingBytes -= piece.length;
      if (wasFull && this.#waitingBytes <= MAX_WAITING_BYTES) this.#events.onDrain();
    });
    return this.#waitingBytes > MAX_WAITING_BYTES;
  }

  /** A body that was cut on purpose ends where it ends; else an unfinished stream is a failure. */
  async finish(isTruncated: boolean): Promise<Failure | null> {
    const [first] = this.#stages;
    if (first === undefined) return this.#failure;
    first.end();
    if (!this.#isSettled) await new Promise<void>((resolve) => (this.#onSettled = resolve));
    return this.#failure?.code === 'bad-encoding' && isTruncated ? null : this.#failure;
  }

  cancel(): void {
    this.#isCancelled = true;
    for (const stage of this.#stages) stage.destroy();
    this.#settle();
  }

  #start(firstByte: number): void {
    const stages = this.#encodings.toReversed().map((encoding) => decompressor(encoding, firstByte));
    this.#stages = stages;
    stages.forEach((stage, index) => {
      const next = stages[index + 1];
      stage.on('error', (error) => this.#fail({ code: 'bad-encoding', text: `${this.#encodings.join(', ')}: ${error.message}` }));
      if (next !== undefined) stage.pipe(next);
    });
    stages.at(-1)?.on('data', (bytes: Buffer) => this.#take(bytes));
    stages.at(-1)?.on('end', () => this.#settle());
  }

  #take(bytes: Buffer): void {
    if (this.#failure !== null || this.#isCancelled) return;
    this.decodedBytes += bytes.length;
    if (this.decodedBytes > this.#events.maxDecodedBytes) {
      const text = `more than ${this.#events.maxDecodedBytes} bytes after decompression`;
      return this.#fail({ code: 'decoded-too-large', text });
    }
    this.#events.onBytes(bytes);
  }

  #fail(failure: Failure): void {
    if (this.#failure !== null || this.#isCancelled) return;
    this.#failure = failure;
    for (const stage of this.#stages) stage.destroy();
    this.#settle();
    this.#events.onFailure(failure);
  }

  #settle(): void {
    this.#isSettled = true;
    this.#onSettled?.();
  }
}

function decompressor(encoding: Encoding, firstByte: number): Transform {
  switch (encoding) {
    case 'gzip':
      return createGunzip({ chunkSize: OUTPUT_BYTES });
    case 'deflate':
      // RFC 9110 means zlib, but some servers send the bare format: its first byte is never 8 in the low half.
      return (firstByte & 0x0f) === 8
        ? createInflate({ chunkSize: OUTPUT_BYTES })
        : createInflateRaw({ chunkSize: OUTPUT_BYTES });
    case 'br':
      return createBrotliDecompress({ chunkSize: OUTPUT_BYTES });
    case 'zstd':
      return createZstdDecompress({ chunkSize: OUTPUT_BYTES });
  }
}
