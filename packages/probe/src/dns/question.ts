import { MalformedMessage } from './name.ts';
import { encodeQuery, isTruncated, readAnswers, responseCode, type Query } from './message.ts';
import type { DnsRecord, LookupFailure, LookupMarks, RecordType } from './resolver.ts';
import { askOverTcp } from './tcp-exchange.ts';
import type { Sent, UdpServer, Waiter } from './udp-server.ts';

/** A name server as it is asked. */
export type NameServer = { readonly address: string; readonly port: number; readonly label: string; readonly udp: UdpServer };

/** Wait before a query is sent again, ms; doubled each time. All that was sent may still be answered. */
const RESEND_AFTER_MS = 1_000;
/** Packets sent for one question. */
const MAX_SENT = 16;

const FORMERR = 1;
const NXDOMAIN = 3;
const NOTIMP = 4;
const REFUSED = 5;

export type Answered = { readonly ok: true; readonly records: readonly DnsRecord[]; readonly resolver: string };

/**
 * Asks one question until a server answers it: the first server, after a second the next one, then in turn with doubled
 * waits. A server that refuses or fails is not asked again, the next one is asked at once. Late answers to earlier packets
 * count.
 */
export function askQuestion(
  servers: readonly NameServer[],
  name: string,
  type: RecordType,
  timeoutMs: number,
  marks: LookupMarks,
): Promise<Answered | LookupFailure> {
  const query = encodeQuery(name, type, true);
  if (query === null || servers.length === 0) {
    return Promise.resolve(failure('dns-nxdomain', `${name} is not a name that DNS can hold`, null));
  }
  return new Promise((resolve) => new Question(servers, name, type, query, timeoutMs, marks, resolve).start());
}

class Question {
  readonly #servers: readonly NameServer[];
  readonly #name: string;
  readonly #type: RecordType;
  readonly #query: Query;
  readonly #timeoutMs: number;
  readonly #marks: LookupMarks;
  readonly #resolve: (outcome: Answered | LookupFailure) => void;
  readonly #sent: Sent[] = [];
  /** Servers that gave a failure, and which. */
  readonly #failed = new Map<NameServer, LookupFailure>();
  #sentCount = 0;
  #waitedMs = 0;
  #nextWaitMs = RESEND_AFTER_MS;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  #isOver = false;
  #badAnswerFrom: string | null = null;

  constructor(
    servers: readonly NameServer[],
    name: string,
    type: RecordType,
    query: Query,
    timeoutMs: number,
    marks: LookupMarks,
    resolve: (outcome: Answered | LookupFailure) => void,
  ) {
    this.#servers = servers;
    this.#name = name;
    this.#type = type;
    this.#query = query;
    this.#timeoutMs = timeoutMs;
    this.#marks = marks;
    this.#resolve = resolve;
  }

  start(): void {
    this.#sendToNext();
    this.#wait();
  }

  #wait(): void {
    const waitMs = Math.max(0, Math.min(this.#nextWaitMs, this.#timeoutMs - this.#waitedMs));
    this.#nextWaitMs *= 2;
    this.#timer = setTimeout(() => {
      this.#waitedMs += waitMs;
      if (this.#waitedMs >= this.#timeoutMs) return this.#finish(this.#timedOut());
      this.#sendToNext();
      this.#wait();
    }, waitMs);
  }

  #sendToNext(): void {
    const open = this.#servers.filter((server) => !this.#failed.has(server));
    const server = open[this.#turn++ % Math.max(open.length, 1)];
    if (server === undefined || this.#sentCount >= MAX_SENT) return;
    this.#send(server, this.#query);
  }

  #send(server: NameServer, query: Query): void {
    this.#sentCount++;
    this.#sent.push(server.udp.send(query, this.#waiter(server, query)));
  }

  #waiter(server: NameServer, query: Query): Waiter {
    return {
      onSend: () => this.#marks.onSend?.(),
      onAnswer: (message) => this.#read(server, query, message),
      onBadAnswer: () => {
        this.#badAnswerFrom = server.label;
      },
      onError: (error) => this.#serverFailed(server, failureOf(error, server.label)),
    };
  }

  #read(server: NameServer, query: Query, message: Buffer): void {
    if (this.#isOver) return;
    const code = responseCode(message);
    if (isTruncated(message) && code === 0) return this.#askOverTcp(server, query);
    if (code === 0) return this.#finish(this.#records(server, query, message));
    if (code === NXDOMAIN) return this.#finish(failure('dns-nxdomain', `${this.#name} does not exist`, server.label));
    if ((code === FORMERR || code === NOTIMP) && query === this.#query) {
      const plain = encodeQuery(this.#name, this.#type, false);
      this.#marks.onStep?.();
      if (plain !== null && this.#sentCount < MAX_SENT) return this.#send(server, plain);
    }
    this.#serverFailed(server, failureOfCode(code, this.#name, server.label));
  }

  #records(server: NameServer, query: Query, message: Buffer): Answered | LookupFailure {
    try {
      return { ok: true, records: readAnswers(message, query.questionEnd), resolver: server.label };
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      return failure('dns-bad-response', `the answer for ${this.#name} is malformed: ${error.message}`, server.label);
    }
  }

  #askOverTcp(server: NameServer, query: Query): void {
    this.#marks.onStep?.();
    const bad = failure('dns-bad-response', 'the answer over TCP cannot be understood', server.label);
    const waiter = { ...this.#waiter(server, query), onBadAnswer: () => this.#serverFailed(server, bad) };
    const onAnswer = (message: Buffer) => this.#finish(this.#tcpRecords(server, query, message));
    this.#sent.push(askOverTcp(server.address, server.port, query, { ...waiter, onAnswer }));
  }

  #tcpRecords(server: NameServer, query: Query, message: Buffer): Answered | LookupFailure {
    const code = responseCode(message);
    return code === 0 ? this.#records(server, query, message) : failureOfCode(code, this.#name, server.label);
  }

  /** The failure counts only when no other server is left. */
  #serverFailed(server: NameServer, why: LookupFailure): void {
    if (this.#isOver || this.#failed.has(server)) return;
    this.#failed.set(server, why);
    if (why.code === 'probe-failed') return this.#finish(why);
    if (this.#failed.size >= this.#servers.length) return this.#finish([...this.#failed.values()][0] ?? why);
    this.#marks.onStep?.();
    this.#sendToNext();
  }

  #timedOut(): LookupFailure {
    const asked = this.#servers.map((server) => server.label).join(', ');
    if (this.#badAnswerFrom !== null) {
      return failure('dns-bad-response', `only answers to other questions came for ${this.#name}`, this.#badAnswerFrom);
    }
    return failure('dns-timeout', `no answer for ${this.#name} from ${asked} within ${this.#timeoutMs} ms`, null);
  }

  #finish(outcome: Answered | LookupFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const sent of this.#sent) sent.forget();
    this.#resolve(outcome);
  }
}

export function failure(code: LookupFailure['code'], text: string, resolver: string | null): LookupFailure {
  return { ok: false, code, text, resolver };
}

function failureOfCode(code: number, name: string, resolver: string): LookupFailure {
  if (code === NXDOMAIN) return failure('dns-nxdomain', `${name} does not exist`, resolver);
  if (code === REFUSED) return failure('dns-refused', `${resolver} refused to answer for ${name}`, resolver);
  if (code === FORMERR || code === NOTIMP) {
    return failure('dns-bad-response', `${resolver} does not understand the query for ${name} (code ${code})`, resolver);
  }
  return failure('dns-servfail', `${resolver} failed to answer for ${name} (code ${code})`, resolver);
}

function failureOf(error: NodeJS.ErrnoException, resolver: string): LookupFailure {
  if (error.code === undefined) return failure('probe-failed', error.message, null);
  if (error.code === 'EAGAIN' || error.code === 'EMFILE') return failure('probe-failed', error.message, null);
  return failure('dns-unreachable', `${resolver}: ${error.code}`, null);
}
