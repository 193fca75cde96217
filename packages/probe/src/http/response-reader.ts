import { framingOf, keepsConnection, type Framing } from './body-framing.ts';
import { ChunkedReader } from './chunked-reader.ts';
import { Failed } from './failed.ts';
import { bad, parseResponseHead, type ResponseHead } from './response-head.ts';

/** Bytes of all heads of one answer (1xx, the head itself, trailers) that are read. */
export const MAX_HEADER_BYTES = 262_144;

const LF = 0x0a;
const CR = 0x0d;
const PROTOCOL = 'HTTP/';
const FIRST_CAPACITY = 4_096;

export type ResponseHandler = {
  /** The final head (not 1xx). */
  onHead(head: ResponseHead): void;
  /** Bytes of the body, free of framing. The memory is reused after the call. */
  onBody(bytes: Buffer): void;
  /** The answer is complete. What comes after it is not looked at. */
  onEnd(): void;
};

/**
 * Reads one HTTP/1 answer from pieces of any size. Throws {@link Failed}: `bad-response`, `headers-too-large`, and from
 * `close()` `early-close`. After that it must not be used.
 */
export class ResponseReader {
  readonly #method: string;
  readonly #handler: ResponseHandler;
  #state: 'head' | 'body' | 'end' = 'head';
  #framing: Framing = { type: 'none' };
  #chunked: ChunkedReader | null = null;
  #remaining = 0;
  #keepsConnection = false;
  /** Head bytes that came in earlier pieces. */
  #head: Buffer | null = null;
  #headLength = 0;
  /** Where the line that is not complete begins in the head, and how far it was searched. */
  #lineAt = 0;
  #searchedTo = 0;
  #settledHeaderBytes = 0;

  constructor(method: string, handler: ResponseHandler) {
    this.#method = method;
    this.#handler = handler;
  }

  /** Bytes of all heads and trailers so far. */
  get headerBytes(): number {
    return this.#settledHeaderBytes + this.#headLength + (this.#chunked?.trailerBytes ?? 0);
  }

  /** Whether the connection can serve another request. True only after the end, and when nothing came after it. */
  get isReusable(): boolean {
    return this.#state === 'end' && this.#keepsConnection;
  }

  push(piece: Buffer): void {
    let rest = piece;
    while (rest.length > 0) {
      if (this.#state === 'end') {
        this.#keepsConnection = false;
        return;
      }
      if (this.#state === 'body') return this.#pushBody(rest);
      const taken = this.#pushHead(rest);
      if (taken === rest.length) return;
      rest = rest.subarray(taken);
    }
  }

  /** The peer has closed its side. */
  close(): void {
    if (this.#state === 'end') return;
    if (this.#state === 'body' && this.#framing.type === 'until-close') return this.#end();
    if (this.#state === 'head') {
      const got = this.headerBytes;
      throw new Failed(
        'early-close',
        got === 0 ? 'the connection was closed without an answer' : `closed after ${got} bytes of the header`,
      );
    }
    const missing =
      this.#framing.type === 'length'
        ? `${this.#remaining} of ${this.#framing.bytes} bytes are missing`
        : 'the last chunk is missing';
    throw new Failed('early-close', `the connection was closed in the body: ${missing}`);
  }

  /** Gives how many bytes belong to this head. */
  #pushHead(piece: Buffer): number {
    const before = this.#headLength;
    const head = before === 0 ? piece : this.#appendToHead(piece);
    const length = before + piece.length;
    if (before < PROTOCOL.length) refuseOtherProtocols(head, length);
    for (let at = head.indexOf(LF, this.#searchedTo); at >= 0 && at < length; at = head.indexOf(LF, at + 1)) {
      const lineLength = at - this.#lineAt;
      if (lineLength === 0 || (lineLength === 1 && head[this.#lineAt] === CR)) {
        const text = head.toString('latin1', 0, Math.max(0, this.#lineAt - 1));
        this.#headLength = 0;
        this.#settledHeaderBytes += at + 1;
        this.#limitHeader();
        this.#lineAt = 0;
        this.#searchedTo = 0;
        this.#takeHead(parseResponseHead(text));
        return at + 1 - before;
      }
      this.#lineAt = at + 1;
      this.#searchedTo = at + 1;
    }
    if (before === 0) this.#appendToHead(piece);
    this.#headLength = length;
    this.#searchedTo = length;
    this.#limitHeader();
    return piece.length;
  }

  #limitHeader(): void {
    if (this.headerBytes <= MAX_HEADER_BYTES) return;
    throw new Failed('headers-too-large', `the header has more than ${MAX_HEADER_BYTES} bytes`);
  }

  /** The head so far with the piece behind it; the memory doubles, so that small pieces stay cheap. */
  #appendToHead(piece: Buffer): Buffer {
    const length = this.#headLength + piece.length;
    let head = this.#head;
    if (head === null || head.length < length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(length))));
      head?.copy(larger, 0, 0, this.#headLength);
      head = larger;
      this.#head = head;
    }
    piece.copy(head, this.#headLength);
    return head;
  }

  #takeHead(head: ResponseHead): void {
    if (head.status < 200 && head.status !== 101) return;
    this.#framing = head.status === 101 ? { type: 'none' } : framingOf(this.#method, head);
    this.#keepsConnection = keepsConnection(head, this.#framing) && head.status !== 101;
    this.#state = 'body';
    this.#head = null;
    if (this.#framing.type === 'length') this.#remaining = this.#framing.bytes;
    if (this.#framing.type === 'chunked') {
      this.#chunked = new ChunkedReader(MAX_HEADER_BYTES - this.#settledHeaderBytes, (bytes) => this.#handler.onBody(bytes));
    }
    this.#handler.onHead(head);
    if (this.#framing.type === 'none') this.#end();
  }

  #pushBody(piece: Buffer): void {
    switch (this.#framing.type) {
      case 'length': {
        const body = piece.length > this.#remaining ? piece.subarray(0, this.#remaining) : piece;
        this.#remaining -= body.length;
        this.#handler.onBody(body);
        if (this.#remaining === 0) this.#end();
        if (body.length < piece.length) this.#keepsConnection = false;
        return;
      }
      case 'chunked': {
        const taken = this.#chunked?.push(piece) ?? 0;
        if (this.#chunked?.isOver === true) this.#end();
        if (taken < piece.length) this.#keepsConnection = false;
        return;
      }
      case 'until-close':
        return this.#handler.onBody(piece);
      case 'none':
        return;
    }
  }

  #end(): void {
    this.#state = 'end';
    this.#handler.onEnd();
  }
}

/** As soon as it cannot become an HTTP answer: a server that speaks something else may never send a line end. */
function refuseOtherProtocols(head: Buffer, length: number): void {
  const compared = Math.min(length, PROTOCOL.length);
  const got = head.toString('latin1', 0, compared);
  if (got !== PROTOCOL.slice(0, compared)) throw bad('the answer begins with', head.toString('latin1', 0, Math.min(length, 64)));
}
