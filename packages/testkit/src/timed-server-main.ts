/** The processes of a timed server: `dns HOST PORT`, or `web CERT-FILE KEY-FILE`. Talks to its parent over IPC. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { constants } from 'node:crypto';
import { createSecureContext, TLSSocket } from 'node:tls';
import { buildAnswer, parseQuestion } from './dns-message.ts';
import type { TimedEvents, TimedMessage } from './timed-server.ts';
import { parseTimingPlan, type TimingPlan } from './timing-plan.ts';
import { serverNameOf } from './tls-hello.ts';

/** Measurements remembered until they are taken. */
const MAX_EVENTS = 500_000;
type Event = { -readonly [K in keyof TimedEvents]: TimedEvents[K] };
let events: Event[] = [];
/** The newest of each plan. */
const newest = new Map<number, Event>();

const nowUs = (): number => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
};

/**
 * The event of a plan, by the first stamp that this server gives it: a measurement that has this stamp already is over, and
 * another of the same plan has begun.
 */
function eventOf(id: number, isOver: (known: Event) => boolean): Event {
  const known = newest.get(id);
  if (known !== undefined && !isOver(known)) return known;
  if (events.length >= MAX_EVENTS) {
    events = [];
    newest.clear();
  }
  const event: Event = {
    id,
    dnsRxUs: null,
    dnsTxUs: null,
    helloRxUs: null,
    helloTxUs: null,
    requestRxUs: null,
    firstTxUs: null,
    lastTxUs: null,
  };
  events.push(event);
  newest.set(id, event);
  return event;
}

/** Runs `send` and gives the middle of the time it took. */
function timeOf(send: () => void): number {
  const before = nowUs();
  send();
  return (before + nowUs()) / 2;
}

const after = (ms: number, then: () => void): void => {
  if (ms === 0) then();
  else setTimeout(then, ms);
};

const tell = (message: TimedMessage): void => void process.send?.(message);

function serveDns(host: string, port: number): void {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  socket.on('message', (message, peer) => {
    const rxUs = nowUs();
    const question = parseQuestion(message);
    if (question === null) return;
    const plan = parseTimingPlan(question.name);
    const records = question.type === 'A' && plan !== null ? [{ type: 'A' as const, value: '127.0.0.1' }] : [];
    const answer = buildAnswer(question, { rcode: plan === null ? 'NXDOMAIN' : 'NOERROR', records });
    if (plan === null || question.type !== 'A') {
      socket.send(answer, peer.port, peer.address);
      return;
    }
    const event = eventOf(plan.id, (known) => known.dnsTxUs !== null);
    event.dnsRxUs ??= rxUs;
    after(plan.dnsMs, () => {
      const before = nowUs();
      // The system call happens in the next tick, after the address was looked at.
      socket.send(answer, peer.port, peer.address, () => {});
      process.nextTick(() => process.nextTick(() => (event.dnsTxUs ??= (before + nowUs()) / 2)));
    });
  });
  socket.bind(port, host, () => tell({ kind: 'listening', dnsPort: socket.address().port, httpPort: 0, httpsPort: 0 }));
}

function serveWeb(certFile: string, keyFile: string): void {
  const secureContext = createSecureContext({
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  const http = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    answerRequest(socket, (bytes, then) => then(timeOf(() => socket.write(bytes))));
  });
  const https = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', (hello: Buffer) => {
      const rxUs = nowUs();
      const plan = parseTimingPlan(serverNameOf(hello) ?? '');
      if (plan === null) return void socket.destroy();
      const event = eventOf(plan.id, () => true);
      event.helloRxUs = rxUs;
      after(plan.tlsMs, () => acceptTls(socket, hello, event));
    });
  });

  function acceptTls(socket: Socket, hello: Buffer, event: Event): void {
    let lastWriteUs = 0;
    let onNextWrite: ((atUs: number) => void) | null = null;
    // A stream between TLS and the socket shows when each record goes out.
    const wire = new Duplex({
      read: () => void socket.resume(),
      write: (chunk: Buffer, _, done) => {
        lastWriteUs = timeOf(() => socket.write(chunk));
        onNextWrite?.(lastWriteUs);
        onNextWrite = null;
        done();
      },
      final: (done) => void socket.end(() => done()),
      destroy: (error, done) => {
        socket.destroy();
        done(error);
      },
    });
    wire.push(hello);
    socket.on('data', (chunk: Buffer) => void wire.push(chunk));
    socket.on('end', () => void wire.push(null));
    socket.on('close', () => wire.destroy());
    const tls = new TLSSocket(wire, { isServer: true, secureContext });
    tls.on('error', () => {});
    tls.once('secure', () => (event.helloTxUs = lastWriteUs));
    // Not when the stream says that it has written: the client can have read all and asked for the times before that.
    answerRequest(tls, (bytes, then) => {
      onNextWrite = then;
      tls.write(bytes);
    });
  }

  let ready = 0;
  const listening = () => {
    ready += 1;
    if (ready === 2) tell({ kind: 'listening', dnsPort: 0, httpPort: portOf(http), httpsPort: portOf(https) });
  };
  http.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, listening);
  https.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, listening);
}

/** Sends bytes, and calls `then` with the time at which they went out. */
type Send = (bytes: string, then: (atUs: number) => void) => void;

function answerRequest(socket: Duplex, send: Send): void {
  let head = '';
  let plan: TimingPlan | null = null;
  socket.on('data', (chunk: Buffer) => {
    if (plan !== null) return;
    const rxUs = nowUs();
    head += chunk.toString('latin1');
    if (!head.includes('\r\n\r\n')) return;
    plan = parseTimingPlan(/^host: ([^:\r]+)/im.exec(head)?.[1] ?? '');
    if (plan === null) return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    const { id, waitMs, bodyMs } = plan;
    const event = eventOf(id, (known) => known.requestRxUs !== null);
    event.requestRxUs = rxUs;
    const write = (bytes: string, key: 'firstTxUs' | 'lastTxUs') => {
      send(bytes, (atUs) => {
        event[key] = atUs;
        if (bodyMs === 0) event.lastTxUs = atUs;
      });
    };
    const start = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n';
    after(waitMs, () => {
      const half = 'x'.repeat(1000);
      if (bodyMs === 0) return write(start + half + half, 'firstTxUs');
      write(start + half, 'firstTxUs');
      after(bodyMs, () => write(half, 'lastTxUs'));
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

process.on('message', () => {
  tell({ kind: 'events', events });
  events = [];
  newest.clear();
});
process.on('disconnect', () => process.exit());

const [role, first = '', second = ''] = process.argv.slice(2);
if (role === 'dns') serveDns(first, Number(second));
else serveWeb(first, second);
