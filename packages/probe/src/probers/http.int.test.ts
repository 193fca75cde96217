import { checkSchema } from '@watchpost/contracts/targets/check';
import { type Certificates, createCertificates } from '@watchpost/testkit/certificates';
import { startDnsServer } from '@watchpost/testkit/dns-server';
import { startSilentPort } from '@watchpost/testkit/silent-port';
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { measure } from './measure.ts';
import { createProbeContext } from './probe-context.ts';
import type { ProbeContext } from './prober.ts';

const run = promisify(execFile);
const text = Buffer.from('the body of the answer '.repeat(500));
let context: ProbeContext;
let certificates: Certificates;

beforeAll(async () => {
  certificates = await createCertificates();
  context = createProbeContext({ overloadUs: 60_000_000 });
});
afterAll(async () => {
  await context.close();
  await certificates.remove();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function serve(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (piece) => (body += piece));
    request.on('end', () => answer(request, response, body));
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

const http = (url: string, more: object = {}) => measure(checkSchema.parse({ kind: 'http', url, ...more }), context);

describe('a request', () => {
  it('carries method, headers, body and credentials', async () => {
    let seen: object = {};
    const origin = await serve((request, response, body) => {
      seen = { method: request.method, url: request.url, body, ...request.headers };
      response.end('ok');
    });
    const result = await http(`${origin}/path?q=1#part`, {
      method: 'POST',
      headers: [
        { name: 'X-One', value: '1' },
        { name: 'user-agent', value: 'other' },
        { name: 'Host', value: 'named.test' },
      ],
      body: 'grüße',
      auth: { type: 'basic', username: 'u', password: 'p:ä' },
    });
    expect(result.outcome).toBe('up');
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/path?q=1',
      body: 'grüße',
      host: 'named.test',
      'x-one': '1',
      'user-agent': 'other',
      'accept-encoding': 'gzip, br, zstd',
      'content-length': '7',
      authorization: `Basic ${Buffer.from('u:p:ä').toString('base64')}`,
    });
  });

  it('sends a large body to its end', async () => {
    const origin = await serve((_request, response, body) => response.end(String(body.length)));
    const result = await http(origin, {
      method: 'PUT',
      body: 'x'.repeat(262_144),
      rules: [{ type: 'body-equals', value: '262144' }],
    });
    expect(result).toMatchObject({ outcome: 'up', errorText: null });
    expect(result.requestSize).toBeGreaterThan(262_144);
  });
});

describe('a body', () => {
  it.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
  ])('in %s is decoded, both sizes are kept', async (encoding, body) => {
    const origin = await serve((_request, response) => response.setHeader('Content-Encoding', encoding).end(body));
    const sha256 = createHash('sha256').update(text).digest('hex');
    const rules = [
      { type: 'body-equals', value: text.toString() },
      { type: 'body-hash', sha256 },
    ];
    expect(await http(origin, { rules: rules.slice(1) })).toMatchObject({ outcome: 'up', errorText: null });
    const result = await http(origin, { rules });
    expect(result).toMatchObject({
      outcome: 'up',
      sizeDownload: body.length,
      sizeDecoded: text.length,
      contentLength: body.length,
    });
  });

  it('that comes in one piece with its head came at one moment: it has no speed of its own', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
    const answers = async (answer: (socket: Socket) => void) => {
      const server = createTcpServer({ noDelay: true }, (socket) =>
        socket.on('error', () => {}).once('data', () => answer(socket)),
      );
      return http(`http://127.0.0.1:${await listen(server)}`);
    };
    const whole = await answers((socket) => socket.end(`${head}12345`));
    expect(whole).toMatchObject({ outcome: 'up', sizeDownload: 5, speedTransfer: null });
    expect(whole.hops[0]?.phases.receiveUs).toBe(0);
    expect(whole.speedDownload).toBeGreaterThan(0);
    const parts = await answers((socket) => {
      socket.write(head);
      setTimeout(() => socket.end('12345'), 100);
    });
    expect(parts).toMatchObject({ outcome: 'up', sizeDownload: 5, speedTransfer: expect.any(Number) });
    expect(atMost(parts, parts.hops[0]?.phases.receiveUs ?? null)).toBeGreaterThanOrEqual(99_000);
  });

  it('of 8 MiB of noise in gzip comes through whole, with reading held back', async () => {
    const noise = Buffer.alloc(8 << 20, 0);
    for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE((Math.imul(at, 2_654_435_761) ^ (at >>> 3)) >>> 0, at);
    const origin = await serve((_request, response) =>
      response.setHeader('Content-Encoding', 'gzip').end(gzipSync(noise, { level: 1 })),
    );
    const result = await http(origin, { totalTimeoutMs: 60_000 });
    expect(result).toMatchObject({ outcome: 'up', sizeDecoded: noise.length });
  });
});

/** The longest that a time may have been: where the thread had no processor, it may be stated too short by its uncertainty. */
const atMost = ({ uncertaintyUs }: { readonly uncertaintyUs: number | null }, us: number | null): number =>
  (us ?? 0) + (uncertaintyUs ?? 0);

describe('redirects', () => {
  it('are followed on the same connection, and their times add up as in libcurl', async () => {
    let connections = 0;
    const server = createServer((request, response) => {
      if (request.url === '/a') setTimeout(() => response.writeHead(302, { Location: 'b' }).end('moved'), 60);
      else response.end('ok');
    }).on('connection', () => connections++);
    const result = await http(`http://127.0.0.1:${await listen(server)}/a`);
    expect(result).toMatchObject({ outcome: 'up', redirectCount: 1, sizeDownload: 2 });
    expect(connections).toBe(1);
    const [first, last] = result.hops;
    const sum = (hop: typeof first) => Object.values(hop?.phases ?? {}).reduce<number>((total, us) => total + (us ?? 0), 0);
    expect(sum(first)).toBe(result.redirectUs);
    expect(sum(first) + sum(last)).toBe(result.totalUs);
    expect(first).toMatchObject({ status: 302, url: expect.stringMatching(/\/a$/) });
    expect(last).toMatchObject({ status: 200, phases: { connectUs: null }, url: expect.stringMatching(/\/b$/) });
    expect(atMost(result, result.redirectUs)).toBeGreaterThanOrEqual(59_000);
  });

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'data'],
    [308, 'POST', 'data'],
  ])('%i turns a POST into %s', async (status, method, sent) => {
    const origin = await serve((request, response, body) => {
      if (request.url === '/') response.writeHead(status, { Location: '/to' }).end();
      else response.end(`${request.method} ${body}`);
    });
    const rules = [{ type: 'body-equals', value: `${method} ${sent}` }];
    expect(await http(origin, { method: 'POST', body: 'data', rules })).toMatchObject({ outcome: 'up', errorText: null });
  });

  it('carry credentials to no other origin', async () => {
    const other = await serve((request, response) => response.end(String(request.headers.authorization)));
    const origin = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { Location: '/same' }).end();
      else response.writeHead(request.headers.authorization === 'Bearer t' ? 302 : 500, { Location: other }).end();
    });
    const rules = [{ type: 'body-equals', value: 'undefined' }];
    const result = await http(origin, { auth: { type: 'bearer', token: 't' }, rules });
    expect(result).toMatchObject({ outcome: 'up', redirectCount: 2 });
  });

  it('are the answer itself when none is to be followed', async () => {
    const origin = await serve((_request, response) => response.writeHead(301, { Location: '/to' }).end());
    const result = await http(origin, { maxRedirects: 0, rules: [{ type: 'status', expect: '301' }] });
    expect(result).toMatchObject({ outcome: 'up', httpStatus: 301, redirectCount: 0 });
  });
});

describe('HTTP/2', () => {
  it('is chosen by ALPN, serves redirects on one connection, and can be refused', async () => {
    const { cert, key } = certificates.good;
    const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
      if (request.url === '/r') response.writeHead(302, { location: '/' }).end();
      else response.end(`over ${request.httpVersion}`);
    });
    const url = `https://localhost:${await listen(server)}`;
    const caPem = certificates.caPem;
    const auto = await http(`${url}/r`, { caPem, rules: [{ type: 'body-equals', value: 'over 2.0' }] });
    expect(auto).toMatchObject({ outcome: 'up', httpVersion: '2', tlsVersion: 'TLSv1.3', redirectCount: 1 });
    expect(auto.hops[1]?.phases.tlsUs).toBeNull();
    expect(auto.certExpiresAt).toBe(certificates.good.expiresAt);
    const old = await http(url, { caPem, httpVersion: '1.1', rules: [{ type: 'body-equals', value: 'over 1.1' }] });
    expect(old).toMatchObject({ outcome: 'up', httpVersion: '1.1' });
    expect(old.appConnectUs).toBeGreaterThan(old.connectUs ?? Infinity);
  });

  it('is spoken over plain TCP when the check says so', async () => {
    const server = createHttp2Server((request, response) => {
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => response.end(`${request.method} ${body}`));
    });
    const result = await http(`http://127.0.0.1:${await listen(server)}`, {
      httpVersion: '2',
      method: 'POST',
      body: 'x'.repeat(50_000),
      rules: [{ type: 'body-equals', value: `POST ${'x'.repeat(50_000)}` }],
    });
    expect(result).toMatchObject({ outcome: 'up', httpVersion: '2', errorText: null });
  });
});

describe('addresses', () => {
  it('come from the chosen resolver, and the next one is tried when one refuses', async () => {
    const origin = await serve((_request, response) => response.end('ok'));
    const { port } = new URL(origin);
    const records = ['127.0.0.9', '127.0.0.1'].map((value) => ({ type: 'A' as const, value }));
    const dns = await startDnsServer({ answer: { 'two.test A': { records, delayMs: 50 } } });
    onTestFinished(() => dns.close());
    const result = await http(`http://two.test:${port}/`, { resolver: dns.address });
    expect(result).toMatchObject({ outcome: 'up', remoteIp: '127.0.0.1', resolver: dns.address, ipFamily: 4 });
    expect(atMost(result, result.nameLookupUs)).toBeGreaterThanOrEqual(49_000);
    const none = await http(`http://none.test:${port}/`, { resolver: dns.address });
    expect(none).toMatchObject({ outcome: 'down', errorCode: 'dns-nxdomain', resolver: dns.address, connectUs: null });
  });

  it('that never answer use up the connect timeout', async () => {
    await using silent = await startSilentPort();
    const result = await http(`http://127.0.0.1:${silent.port}/`, { connectTimeoutMs: 300 });
    expect(result).toMatchObject({ outcome: 'down', fault: 'network', errorCode: 'connect-timeout', connectUs: null });
    expect(result.hops[0]?.phases).toMatchObject({ connectUs: result.totalUs, waitUs: null });
  });
});

describe('compared with curl', () => {
  it('gives the same sizes and, within the delays of the server, the same times', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/go') return void setTimeout(() => response.writeHead(302, { Location: '/end' }).end('elsewhere'), 80);
      response.setHeader('Last-Modified', 'Wed, 21 Oct 2015 07:28:00 GMT');
      setTimeout(() => response.write('first'), 120);
      setTimeout(() => response.end(' last'), 200);
      return undefined;
    });
    const url = `http://127.0.0.1:${await listen(server)}/go`;
    const args = [
      '-sS',
      '-L',
      '-o',
      '/dev/null',
      '-R',
      '-A',
      'Watchpost/0.1',
      '-H',
      'Accept-Encoding: gzip, br, zstd',
      '-w',
      '%{json}',
      url,
    ];
    const curl = JSON.parse((await run('curl', args)).stdout) as Record<string, number>;
    const ours = await http(url);
    expect(ours).toMatchObject({
      httpStatus: curl['http_code'],
      redirectCount: curl['num_redirects'],
      sizeDownload: curl['size_download'],
      headerSize: curl['size_header'],
      requestSize: curl['size_request'],
      fileTime: Date.UTC(2015, 9, 21, 7, 28),
    });
    // The delays are the server's: both tools must see all of them. How much more a busy machine adds is not judged here.
    for (const [us, seconds, leastUs] of [
      [ours.redirectUs, curl['time_redirect'], 79_000],
      [ours.startTransferUs, curl['time_starttransfer'], 198_000],
      [ours.totalUs, curl['time_total'], 278_000],
    ] as const) {
      expect(atMost(ours, us)).toBeGreaterThanOrEqual(leastUs);
      expect((seconds ?? 0) * 1_000_000).toBeGreaterThanOrEqual(leastUs);
    }
  });
});
