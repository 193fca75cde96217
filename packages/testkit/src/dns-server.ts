import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { buildAnswer, type DnsQuestion, type DnsRcode, type DnsRecord, parseQuestion } from './dns-message.ts';

/** What the server does with one query. Nothing given: an empty answer without an error. */
export type DnsReply = {
  readonly records?: readonly DnsRecord[];
  readonly rcode?: DnsRcode;
  readonly delayMs?: number;
  /** No answer at all. */
  readonly silent?: boolean;
  /** Over UDP an empty answer with the TC bit. Over TCP the whole one. */
  readonly truncated?: boolean;
  /** These bytes instead of an answer. */
  readonly raw?: Buffer;
  /** The answer carries another id than the query: a forged one. */
  readonly wrongId?: boolean;
  /** The answer carries the question for this other name: a forged one. */
  readonly wrongName?: string;
  /** TCP: the connection is closed instead of answered. */
  readonly closeTcp?: boolean;
};

/** `attempt` counts the queries for the same name and type from 1. */
export type DnsQuery = DnsQuestion & { readonly transport: 'udp' | 'tcp'; readonly attempt: number };

export type DnsServer = AsyncDisposable & {
  readonly port: number;
  /** `IP:PORT`, as a check's `resolver` wants it. */
  readonly address: string;
  /** The queries that came, oldest first; the newest 10,000 are kept. */
  readonly queries: readonly DnsQuery[];
  readonly close: () => Promise<void>;
};

const MAX_QUERIES = 10_000;
/** Tries to find a port that is free for UDP and TCP alike. */
const MAX_BIND_TRIES = 20;

/**
 * A DNS server over UDP and TCP on one port that answers as it is told. `answer` is a function, or a table from
 * `name` or `name TYPE` to a reply; a name that is not in the table does not exist (NXDOMAIN).
 */
export async function startDnsServer(options: {
  readonly answer: ((query: DnsQuery) => DnsReply) | Readonly<Record<string, DnsReply>>;
  readonly host?: string;
  /** 0: any. */
  readonly port?: number;
}): Promise<DnsServer> {
  const host = options.host ?? '127.0.0.1';
  const { answer } = options;
  const reply =
    typeof answer === 'function'
      ? answer
      : (query: DnsQuery) => answer[`${query.name} ${query.type}`] ?? answer[query.name] ?? { rcode: 'NXDOMAIN' as const };
  const queries: DnsQuery[] = [];
  const attempts = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  const connections = new Set<Socket>();

  const handle = (message: Buffer, transport: 'udp' | 'tcp', send: (bytes: Buffer | null) => void) => {
    const question = parseQuestion(message);
    if (question === null) return;
    const key = `${question.name} ${question.typeNumber}`;
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    if (attempts.size > MAX_QUERIES) attempts.clear();
    const query = { ...question, transport, attempt };
    queries.push(query);
    if (queries.length > MAX_QUERIES) queries.shift();
    const chosen = reply(query);
    if (chosen.silent === true) return;
    const bytes = transport === 'tcp' && chosen.closeTcp === true ? null : encodeReply(query, chosen);
    if (chosen.delayMs === undefined || chosen.delayMs === 0) return send(bytes);
    const timer = setTimeout(() => {
      timers.delete(timer);
      send(bytes);
    }, chosen.delayMs);
    timers.add(timer);
  };

  const { udp, tcp, port } = await bindBoth(host, options.port ?? 0);
  let isClosed = false;
  udp.on('message', (message, peer) => {
    handle(message, 'udp', (bytes) => {
      if (bytes !== null && !isClosed) udp.send(bytes, peer.port, peer.address);
    });
  });
  udp.on('error', () => {});
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket)).on('error', () => {});
    readTcpQueries(socket, handle);
  });
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    for (const timer of timers) clearTimeout(timer);
    for (const socket of connections) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => udp.close(() => resolve())),
      new Promise<void>((resolve) => tcp.close(() => resolve())),
    ]);
  };
  return {
    port,
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    queries,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function encodeReply(query: DnsQuery, reply: DnsReply): Buffer {
  if (reply.raw !== undefined) return reply.raw;
  const question = { ...query, id: reply.wrongId === true ? query.id ^ 0x5555 : query.id, name: reply.wrongName ?? query.name };
  return buildAnswer(question, {
    rcode: reply.rcode ?? 'NOERROR',
    records: reply.records ?? [],
    truncated: reply.truncated === true && query.transport === 'udp',
  });
}

function readTcpQueries(
  socket: Socket,
  handle: (message: Buffer, transport: 'tcp', send: (bytes: Buffer | null) => void) => void,
): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const length = pending.readUInt16BE(0);
      const message = pending.subarray(2, 2 + length);
      pending = pending.subarray(2 + length);
      handle(message, 'tcp', (bytes) => {
        if (bytes === null) socket.destroy();
        if (bytes === null || socket.destroyed) return;
        const prefix = Buffer.alloc(2);
        prefix.writeUInt16BE(bytes.length);
        socket.write(Buffer.concat([prefix, bytes]));
      });
    }
  });
}

async function bindBoth(
  host: string,
  wanted: number,
): Promise<{ readonly udp: UdpSocket; readonly tcp: Server; readonly port: number }> {
  for (let tries = 1; ; tries += 1) {
    const udp = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
    const tcp = createServer();
    try {
      udp.bind(wanted, host);
      await once(udp, 'listening');
      const { port } = udp.address();
      tcp.listen(port, host);
      await once(tcp, 'listening');
      return { udp, tcp, port };
    } catch (error) {
      udp.close();
      if (wanted !== 0 || tries === MAX_BIND_TRIES) throw error;
    }
  }
}
