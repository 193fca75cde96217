import { createHash, type Hash } from 'node:crypto';
import type { Failure } from '../probers/prober.ts';
import { Decoder, encodingsOf } from './decoder.ts';
import type { Header } from './response-head.ts';

/** Decoded bytes that are allowed even when the limit of the body is lower. */
const MIN_DECODED_LIMIT_BYTES = 33_554_432;

export type BodyLimits = {
  /** Bytes over the wire, after which reading ends and the body counts as truncated. */
  readonly maxBytes: number;
  /** Keep the decoded body in memory. */
  readonly isKept: boolean;
  /** Compute the SHA-256 of the decoded body. */
  readonly isHashed: boolean;
};

/** What becomes of a body: counted, decoded as its header says, kept when a rule needs it. */
export class BodySink {
  /** Bytes over the wire, free of transfer framing. */
  wireBytes = 0;
  isTruncated = false;
  readonly #limits: BodyLimits;
  readonly #decoder: Decoder | null;
  readonly #kept: Buffer[] = [];
  readonly #hash: Hash | null;
  #plainBytes = 0;

  /** `onDrain`: reading may go on after `write` gave 'pause'. `onFailure`: the body cannot be decoded. */
  constructor(
    headers: readonly Header[],
    limits: BodyLimits,
    events: { readonly onDrain: () => void; readonly onFailure: (failure: Failure) => void },
  ) {
    this.#limits = limits;
    this.#hash = limits.isHashed ? createHash('sha256') : null;
    const encodings = limits.maxBytes === 0 ? [] : encodingsOf(headers);
    const take = (bytes: Buffer) => this.#take(bytes);
    const maxDecodedBytes = Math.max(limits.maxBytes, MIN_DECODED_LIMIT_BYTES);
    this.#decoder = encodings.length === 0 ? null : new Decoder(encodings, { maxDecodedBytes, onBytes: take, ...events });
  }

  get decodedBytes(): number {
    return this.#decoder === null ? this.#plainBytes : this.#decoder.decodedBytes;
  }

  /** Takes bytes; the memory may be reused afterwards. 'stop': the limit is reached, nothing more is wanted. */
  write(bytes: Buffer): 'go-on' | 'pause' | 'stop' {
    const room = this.#limits.maxBytes - this.wireBytes;
    const taken = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.wireBytes += taken.length;
    if (taken.length < bytes.length) this.isTruncated = true;
    let isFull = false;
    if (this.#decoder === null) {
      this.#plainBytes += taken.length;
      this.#take(this.#limits.isKept ? Buffer.from(taken) : taken);
    } else {
      isFull = this.#decoder.write(Buffer.from(taken));
    }
    if (this.isTruncated) return 'stop';
    return isFull ? 'pause' : 'go-on';
  }

  /** No more bytes come: settles when what came is decoded. Gives why it could not be; null when all is well. */
  async finish(): Promise<Failure | null> {
    return this.#decoder === null ? null : this.#decoder.finish(this.isTruncated);
  }

  /** Gives up what is being decoded. */
  cancel(): void {
    this.#decoder?.cancel();
  }

  /** The decoded body, when it was to be kept. */
  body(): Buffer | null {
    if (!this.#limits.isKept) return null;
    return this.#kept.length === 1 ? (this.#kept[0] ?? null) : Buffer.concat(this.#kept);
  }

  /** Hex SHA-256 of the decoded body, when it was to be computed. Once, at the end. */
  sha256(): string | null {
    return this.#hash?.digest('hex') ?? null;
  }

  #take(bytes: Buffer): void {
    this.#hash?.update(bytes);
    if (this.#limits.isKept) this.#kept.push(bytes);
  }
}
