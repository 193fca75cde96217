import { randomFillSync } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { isAnswerTo, isBareErrorTo, type Query } from './message.ts';

/** Queries sent from one source port before another one is taken: who forges answers has to guess port and id. */
const QUERIES_PER_PORT = 64;
/** Queries that may wait for an answer at one port; above it, another port is opened. */
const MAX_WAITING_PER_PORT = 1_024;
/** Ports open to one server at a time; above it, queries fail. */
const MAX_PORTS = 64;
const RECEIVE_BUFFER_BYTES = 1_048_576;
const RANDOM_BYTES = 4_096;

export type Waiter = {
  /** The query is handed to the system now. */
  onSend?(): void;
  /** An answer to the very question. */
  onAnswer(message: Buffer): void;
  /** Something came with the right id that is not an answer to the question; the query goes on waiting. */
  onBadAnswer(): void;
  /** The server cannot be reached (`ECONNREFUSED` and the like), or the resolver was closed. */
  onError(error: NodeJS.ErrnoException): void;
};

type Packet = { readonly bytes: Buffer; readonly waiter: Waiter };
type Waiting = { readonly query: Query; readonly waiter: Waiter };

/** One query on its way: `forget()` when its answer is no longer wanted. */
export type Sent = { forget(): void };

/** Sends queries to one name server over UDP, from connected sockets: only its own packets are received. */
export class UdpServer {
  readonly #address: string;
  readonly #port: number;
  readonly #ports = new Set<UdpPort>();
  #current: UdpPort | null = null;
  /** Opened before the current one is spent: a socket takes a few turns of the loop to connect, a query must not wait. */
  #next: UdpPort | null = null;

  constructor(address: string, port: number) {
    this.#address = address;
    this.#port = port;
  }

  send(query: Query, waiter: Waiter): Sent {
    let port = this.#current;
    if (port === null || port.isSpent) {
      port = this.#next === null || this.#next.isSpent ? this.#open() : this.#next;
      this.#current = port;
      this.#next = null;
    }
    if (port === null) {
      queueMicrotask(() => waiter.onError(Object.assign(new Error('too many queries are waiting'), { code: 'EAGAIN' })));
      return { forget: () => {} };
    }
    const sent = port.send(query, waiter);
    if (port.isAging && this.#next === null) this.#next = this.#open();
    return sent;
  }

  close(): void {
    for (const port of this.#ports) port.fail(new Error('the resolver was closed'));
  }

  /** No more queries come: the sockets close when what they wait for has come. */
  retire(): void {
    for (const port of this.#ports) port.retire();
  }

  #open(): UdpPort | null {
    if (this.#ports.size >= MAX_PORTS) return null;
    const port = new UdpPort(this.#address, this.#port, () => {
      this.#ports.delete(port);
      if (this.#current === port) this.#current = null;
      if (this.#next === port) this.#next = null;
    });
    this.#ports.add(port);
    return port;
  }
}

class UdpPort {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onClosed: () => void;
  /** What to send once the socket is connected. */
  #unsent: Packet[] | null = [];
  #sent = 0;
  #isClosed = false;

  constructor(address: string, port: number, onClosed: () => void) {
    const family = isIPv6(address) ? 6 : 4;
    this.#onClosed = onClosed;
    this.#socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER_BYTES,
      lookup: (host, _options, done) => done(null, host, family),
    });
    this.#socket.unref();
    this.#socket.on('message', (message) => this.#receive(message));
    this.#socket.on('error', (error) => this.fail(error));
    this.#socket.connect(port, address, () => {
      const unsent = this.#unsent ?? [];
      this.#unsent = null;
      for (const packet of unsent) this.#write(packet);
    });
  }

  get isSpent(): boolean {
    return this.#isClosed || this.#sent >= QUERIES_PER_PORT || this.#waiting.size >= MAX_WAITING_PER_PORT;
  }

  /** Soon spent. */
  get isAging(): boolean {
    return this.#sent >= QUERIES_PER_PORT / 2 || this.#waiting.size >= MAX_WAITING_PER_PORT / 2;
  }

  send(query: Query, waiter: Waiter): Sent {
    this.#sent++;
    let id = randomId();
    while (this.#waiting.has(id)) id = randomId();
    const bytes = Buffer.from(query.message);
    bytes[0] = id >> 8;
    bytes[1] = id & 0xff;
    this.#waiting.set(id, { query, waiter });
    if (this.#unsent === null) this.#write({ bytes, waiter });
    else this.#unsent.push({ bytes, waiter });
    return {
      forget: () => {
        this.#waiting.delete(id);
        this.#closeWhenDone();
      },
    };
  }

  retire(): void {
    this.#sent = QUERIES_PER_PORT;
    this.#closeWhenDone();
  }

  /** Tells all who wait, and closes. */
  fail(error: NodeJS.ErrnoException): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.retire();
    for (const { waiter } of waiting) waiter.onError(error);
  }

  #write({ bytes, waiter }: Packet): void {
    if (this.#isClosed) return;
    waiter.onSend?.();
    this.#socket.send(bytes, (error) => {
      if (error !== null && !this.#isClosed) this.fail(error);
    });
  }

  #receive(message: Buffer): void {
    if (message.length < 2) return;
    const id = message.readUInt16BE(0);
    const found = this.#waiting.get(id);
    if (found === undefined) return;
    if (!isAnswerTo(message, found.query, id) && !isBareErrorTo(message, id)) return found.waiter.onBadAnswer();
    this.#waiting.delete(id);
    this.#closeWhenDone();
    found.waiter.onAnswer(message);
  }

  #closeWhenDone(): void {
    if (this.#isClosed || this.#sent < QUERIES_PER_PORT || this.#waiting.size > 0) return;
    this.#isClosed = true;
    this.#socket.close();
    this.#onClosed();
  }
}

const randomBytes = Buffer.alloc(RANDOM_BYTES);
let randomAt = RANDOM_BYTES;

function randomId(): number {
  if (randomAt >= RANDOM_BYTES) {
    randomFillSync(randomBytes);
    randomAt = 0;
  }
  randomAt += 2;
  return randomBytes.readUInt16BE(randomAt - 2);
}
