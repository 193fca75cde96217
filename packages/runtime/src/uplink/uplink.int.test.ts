import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock/clock.ts';
import { createLog } from '../log/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { openSpool, type Spool } from '../spool/spool.ts';
import { startUplink, type Uplink, type UplinkLimits } from './uplink.ts';

const log = createLog({ name: 'test', level: 'silent' });
const fast: Partial<UplinkLimits> = { coalesceMs: 5, backoffFirstMs: 5, backoffMostMs: 20, rejectedMs: 20, retryAfterMostMs: 50 };

type Received = { readonly first: number; readonly last: number; readonly sequences: readonly number[]; readonly epoch: number };
type Reply = (response: ServerResponse, batch: Received, request: IncomingMessage) => void;

const acknowledge: Reply = (response, batch) => {
  response.end(JSON.stringify({ acknowledged: batch.last, refused: [], refusedCount: 0 }));
};
const status =
  (code: number, headers: Record<string, string> = {}, body = 'no'): Reply =>
  (response) =>
    void response.writeHead(code, headers).end(body);
const stated = (code: number, name: string): Reply =>
  status(code, {}, JSON.stringify({ code: name, message: 'no', issues: [], requestId: 'r' }));

/** A server that answers as `reply` says and keeps what it acknowledged. What is no batch is answered 404 and kept in `strange`. */
function testServer(): {
  server: Server;
  url: () => string;
  listen: (port?: number) => Promise<void>;
  close: () => Promise<void>;
  seen: Received[];
  strange: string[];
  stored: Map<number, number>;
  setReply: (reply: (batch: Received, count: number) => Reply) => void;
} {
  const seen: Received[] = [];
  const strange: string[] = [];
  const stored = new Map<number, number>();
  let choose: (batch: Received, count: number) => Reply = () => acknowledge;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, epoch, first, last] = /^(\d+):(\d+)-(\d+)$/.exec(String(request.headers['watchpost-batch'])) ?? [];
      const body = Buffer.concat(chunks);
      const records = readRecords(body);
      if (records === null || last === undefined) {
        strange.push(
          `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body.subarray(0, 200).toString('latin1')}`,
        );
        return void response.writeHead(404).end();
      }
      const batch = {
        epoch: Number(epoch),
        first: Number(first),
        last: Number(last),
        sequences: records.map((record) => record.sequence),
      };
      seen.push(batch);
      const reply = choose(batch, seen.length);
      if (reply === acknowledge) for (const sequence of batch.sequences) stored.set(sequence, (stored.get(sequence) ?? 0) + 1);
      reply(response, batch, request);
    });
  });
  let port = 0;
  return {
    server,
    seen,
    strange,
    stored,
    url: () => `http://127.0.0.1:${port}`,
    listen: (wanted = 0) =>
      new Promise((resolve, reject) => {
        server.once('error', reject).listen(wanted, '127.0.0.1', () => {
          port = (server.address() as AddressInfo).port;
          resolve();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
    setReply: (reply) => {
      choose = reply;
    },
  };
}

/** Null: not records, one a line, as the uplink packs them. */
function readRecords(body: Buffer): readonly { readonly sequence: number }[] | null {
  try {
    const lines = zstdDecompressSync(body).toString('utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as { sequence: number });
  } catch {
    return null;
  }
}

let dir: string;
let spool: Spool;
let uplink: Uplink | null;
let server: ReturnType<typeof testServer>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'uplink-'));
  spool = await openSpool({ dir, clock: systemClock, log });
  server = testServer();
  await server.listen();
  uplink = null;
});
afterEach(async () => {
  await uplink?.close();
  await spool.close();
  await server.close().catch(() => {});
  await rm(dir, { recursive: true, force: true });
  // An agent of another test may try a port that was its server's before: that is no fault of this uplink.
  expect(server.strange.filter((request) => request.includes('Bearer wpa_a_b'))).toEqual([]);
});

function start(limits: Partial<UplinkLimits> = {}): Uplink {
  uplink = startUplink({
    spool,
    serverUrl: server.url(),
    key: 'wpa_a_b',
    path: '/api/v1/agents/self/results',
    signal: new AbortController().signal,
    log,
    metrics: createMetrics({ processMetrics: false }),
    clock: systemClock,
    limits: { ...fast, ...limits },
  });
  return uplink;
}

const append = (count: number): Promise<unknown> =>
  spool.append(Array.from({ length: count }, (_, index) => ({ text: `record ${index}` })));
const until = (condition: () => boolean): Promise<void> =>
  expect
    .poll(condition, { interval: 5 })
    .toBe(true)
    .then(() => {});
const delivered = (): Promise<void> => until(() => spool.stats().records === 0);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
const storedSequences = (): number[] => [...server.stored.keys()].sort((a, b) => a - b);

describe('delivery', () => {
  test('sends what is appended, with key, batch header and compression', async () => {
    const headers: IncomingMessage['headers'][] = [];
    server.server.on('request', (request: IncomingMessage) => headers.push(request.headers));
    const sender = start();
    await append(3);
    await delivered();
    await append(2);
    await delivered();
    expect(storedSequences()).toEqual(upTo(5));
    expect(server.seen[0]).toEqual({ epoch: spool.epoch, first: 1, last: 3, sequences: [1, 2, 3] });
    expect(headers[0]).toMatchObject({
      authorization: 'Bearer wpa_a_b',
      'content-type': 'application/x-ndjson',
      'content-encoding': 'zstd',
      'watchpost-protocol': '1',
      'watchpost-batch': `${spool.epoch}:1-3`,
    });
    expect(sender.state()).toMatchObject({ link: 'sending', acknowledged: 5, lastError: null, failures: 0 });
  });

  test('after an outage the newest go first, and the older follow in order', async () => {
    await append(95);
    start({ liveRecords: 10, backlogRecords: 20 });
    await delivered();
    expect(server.seen.map((batch) => [batch.first, batch.last])).toEqual([
      [86, 95],
      [1, 20],
      [21, 40],
      [41, 60],
      [61, 80],
      [81, 85],
    ]);
    expect(storedSequences()).toEqual(upTo(95));
  });

  test('new records pass the backlog', async () => {
    await append(100);
    let isAppended = false;
    server.setReply((batch) => {
      if (batch.first !== 1) return acknowledge;
      return (response) => {
        // While the first old batch is under way, something new happens.
        if (isAppended) return;
        isAppended = true;
        void spool.append([{ text: 'new' }]).then(() => {
          for (const sequence of batch.sequences) server.stored.set(sequence, 1);
          acknowledge(response, batch, response.req);
        });
      };
    });
    start({ liveRecords: 10, backlogRecords: 10, backlogShare: 0.1 });
    await delivered();
    const order = server.seen.map((batch) => batch.first);
    expect(order.indexOf(101)).toBeLessThan(order.indexOf(81));
    expect(storedSequences()).toEqual(upTo(101));
  });

  test('the backlog gives way while a live batch is under way', async () => {
    await append(400);
    let isLiveOpen = false;
    let passed = 0;
    server.setReply((batch, count) => {
      const isLive = count === 1 || batch.first > 400;
      if (!isLive) {
        if (isLiveOpen) passed += 1;
        if (batch.first === 1) void append(1);
        return acknowledge;
      }
      for (const sequence of batch.sequences) server.stored.set(sequence, 1);
      return (response, answered, request) => {
        isLiveOpen = true;
        setTimeout(() => {
          isLiveOpen = false;
          acknowledge(response, answered, request);
        }, 100);
      };
    });
    start({ liveRecords: 10, backlogRecords: 10, backlogShare: 0.9, coalesceMs: 0 });
    await delivered();
    expect(storedSequences()).toEqual(upTo(401));
    // One may have been on its way already.
    expect(passed).toBeLessThanOrEqual(1);
  });

  test('what is new does not wait for the answer to the batch before it, and all is stored once', async () => {
    let answerFirst = (): void => {};
    server.setReply((batch, count) => {
      if (count > 1) return acknowledge;
      for (const sequence of batch.sequences) server.stored.set(sequence, 1);
      return (response, answered, request) => void (answerFirst = () => acknowledge(response, answered, request));
    });
    start({ liveBatches: 2 });
    await append(2);
    await until(() => server.seen.length === 1);
    await append(3);
    await until(() => server.stored.size === 5);
    answerFirst();
    await delivered();
    expect(server.seen.map((batch) => [batch.first, batch.last])).toEqual([
      [1, 2],
      [3, 5],
    ]);
    expect([...server.stored.values()]).toEqual([1, 1, 1, 1, 1]);
  });

  test('of two batches under way when the server goes away, all is there once it is back', async () => {
    let isAway = true;
    server.setReply(() => (isAway ? status(503) : acknowledge));
    start({ liveBatches: 2, coalesceMs: 0 });
    await append(1);
    await append(1);
    await until(() => server.seen.length >= 4);
    await append(1);
    isAway = false;
    await delivered();
    expect(storedSequences()).toEqual(upTo(3));
    expect([...server.stored.values()]).toEqual([1, 1, 1]);
  });

  test('server away and back: nothing is lost, nothing sent twice', async () => {
    const { port } = server.server.address() as AddressInfo;
    start();
    await append(5);
    await delivered();
    await server.close();
    await append(5);
    await until(() => (uplink?.state().failures ?? 0) >= 2);
    expect(uplink?.state().link).toBe('waiting');
    await append(5);
    await server.listen(port);
    await delivered();
    expect(storedSequences()).toEqual(upTo(15));
    expect([...server.stored.values()]).toEqual(upTo(15).map(() => 1));
  });
});

describe('answers that are no success', () => {
  const transient: readonly (readonly [string, Reply])[] = [
    ['500', status(500)],
    ['502 from something in between', status(502, {}, '<html>')],
    ['503 with Retry-After', status(503, { 'retry-after': '0' })],
    ['429 with a date', status(429, { 'retry-after': new Date().toUTCString() })],
    ['reset', (response) => void response.destroy()],
    [
      'cut in the middle',
      (response) => void response.writeHead(200, { 'content-length': '100' }).write('{"ackn', () => response.destroy()),
    ],
    ['success with another body', status(200, {}, '<html>welcome</html>')],
    ['acknowledged something else', status(200, {}, '{"acknowledged":999999,"refused":[],"refusedCount":0}')],
    ['endless answer', (response) => void response.writeHead(200).end(Buffer.alloc(4096, 'x'))],
    ['redirect', status(302, { location: 'http://127.0.0.1:1/' })],
    ['401', stated(401, 'agent-revoked')],
    ['404', status(404)],
    ['426', stated(426, 'unsupported-protocol')],
    ['413 from something in between', status(413)],
  ];
  test.each(transient)('%s: the records stay, and are delivered later', async (_name, reply) => {
    server.setReply((_batch, count) => (count <= 3 ? reply : acknowledge));
    start({ answerBytes: 2048 });
    await append(1);
    await delivered();
    expect(server.seen.length).toBe(4);
    expect([...server.stored.entries()]).toEqual([[1, 1]]);
    expect(spool.takeGaps()).toEqual([]);
  });

  test('a server that never answers is left after the time limit', async () => {
    server.setReply((_batch, count) => (count === 1 ? () => {} : acknowledge));
    start({ requestTimeoutMs: 50 });
    await append(1);
    await delivered();
    expect(server.seen.length).toBe(2);
  });

  test('401 states it and goes on trying', async () => {
    server.setReply(() => stated(401, 'agent-revoked'));
    const sender = start();
    await append(1);
    await until(() => sender.state().failures >= 2);
    expect(sender.state()).toMatchObject({ link: 'rejected', lastError: 'agent-revoked: no' });
    expect(spool.stats().records).toBe(1);
  });

  test('a batch is halved until the bad record is found; it alone is given up', async () => {
    server.setReply((batch) => (batch.sequences.includes(37) ? stated(400, 'bad-batch') : acknowledge));
    start();
    await append(100);
    await delivered();
    expect(storedSequences()).toEqual(upTo(100).filter((sequence) => sequence !== 37));
    expect(spool.takeGaps()).toMatchObject([{ first: 37, last: 37, reason: 'unreadable' }]);
    expect(spool.stats().dropped).toEqual({ unreadable: 1 });
  });

  test('a server that finds every record bad is suspected: only a few are given up', async () => {
    server.setReply(() => stated(400, 'bad-batch'));
    const sender = start({ suspectAfter: 3 });
    await append(50);
    await until(() => sender.state().failures >= 3);
    expect(spool.stats()).toMatchObject({ records: 47, dropped: { unreadable: 3 } });
  });

  test('refused records are counted and forgotten, the rest of a partly acknowledged batch is sent again', async () => {
    server.setReply((batch, count) => {
      if (count > 1) return acknowledge;
      const refused = [{ sequence: 2, field: 'totalUs', value: '-1', rule: 'must be 0 at least' }];
      return status(200, {}, JSON.stringify({ acknowledged: batch.first + 3, refused, refusedCount: 1 }));
    });
    const sender = start();
    await append(10);
    await delivered();
    expect(server.seen.map((batch) => [batch.first, batch.last])).toEqual([
      [1, 10],
      [5, 10],
    ]);
    expect(sender.state()).toMatchObject({ acknowledged: 10, refused: 1 });
  });

  test('random answers: in the end every record was acknowledged exactly once', async () => {
    const replies = [...transient.map(([, reply]) => reply), acknowledge, acknowledge, acknowledge];
    let state = 7;
    server.setReply((_batch, count) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return count > 200 ? acknowledge : (replies[Math.floor((state / 2_147_483_648) * replies.length)] ?? acknowledge);
    });
    start({
      liveRecords: 20,
      backlogRecords: 30,
      backoffMostMs: 5,
      rejectedMs: 5,
      retryAfterMostMs: 5,
      backlogShare: 0.9,
      answerBytes: 2048,
    });
    for (let round = 0; round < 30; round++) await append(25);
    await delivered();
    expect(storedSequences()).toEqual(upTo(750));
    expect(new Set(server.stored.values())).toEqual(new Set([1]));
  });
});

test('close ends an exchange under way and keeps its records', async () => {
  server.setReply(() => () => {});
  const sender = start();
  await append(4);
  await until(() => server.seen.length === 1);
  await sender.close();
  expect(sender.state().link).toBe('closed');
  expect(spool.stats().records).toBe(4);
});

test('plain http to another machine is refused, naming the rule', () => {
  const options = { spool, key: 'k', path: '/', signal: new AbortController().signal, log, clock: systemClock };
  expect(() =>
    startUplink({ ...options, serverUrl: 'http://192.0.2.1/', metrics: createMetrics({ processMetrics: false }) }),
  ).toThrow(/must be https:\/\/ unless the server is on this machine/);
});
