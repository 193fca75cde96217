import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultName, faultNames, type FaultyServer, startFaultyServer } from './faulty-server.ts';
import { startSilentPort } from './silent-port.ts';

let server: FaultyServer;
beforeAll(async () => {
  server = await startFaultyServer();
});
afterAll(() => server.close());

/** Exit code of curl, which has seen every kind of bad server: https://curl.se/docs/manpage.html */
function curl(url: string, ...more: readonly string[]): Promise<number> {
  const fixed = [
    '-sS',
    '-L',
    '--max-redirs',
    '5',
    '--compressed',
    '--proto-redir',
    '=http,https',
    '-m',
    '30',
    '--cacert',
    server.caFile,
  ];
  return new Promise((resolve) => {
    const child = execFile('curl', [...fixed, '-o', '/dev/null', ...more, url], { timeout: 60_000 });
    child.on('exit', (code) => resolve(code ?? -1));
  });
}

const TIMEOUT = 28;
/** 28 timeout, 52 nothing came, 56 receive failed, 18 cut off, 8 odd header, 1 not HTTP, 61 encoding, 60 certificate, 35 TLS, 47 redirects. */
const EXPECTED: Readonly<Partial<Record<FaultName, number>>> = {
  'close-at-accept': 52,
  'never-answers': 28,
  'reset-after-request': 56,
  'reset-in-header': 56,
  'close-in-body': 18,
  'reset-in-body': 56,
  'silent-in-body': 28,
  'drips-status-line': 28,
  'drips-headers': 28,
  'drips-body': 28,
  'length-too-long': 18,
  'length-too-short': 0,
  'length-negative': 8,
  'endless-body': 28,
  'endless-chunks': 28,
  'endless-headers': 56,
  'header-40kb': 0,
  'header-with-nul': 8,
  'http-0.9': 1,
  garbage: 1,
  'early-hints': 0,
  'informational-flood': 56,
  'chunk-size-not-hex': 56,
  'chunks-cut-off': 18,
  'invalid-utf8': 0,
  'redirect-loop': 47,
  'redirect-growing': 47,
  'redirect-to-nowhere': 7,
  'redirect-to-file': 1,
  'gzip-broken': 61,
  'gzip-wrong-checksum': 61,
  'zstd-broken': 61,
  'encoding-unknown': 61,
  'certificate-good': 0,
  'certificate-expired': 60,
  'certificate-not-yet-valid': 60,
  'certificate-self-signed': 60,
  'certificate-wrong-name': 60,
  'certificate-untrusted': 60,
  'tls-old-version': 35,
  'tls-never-answers': 28,
  'tls-not-spoken': 35,
  'tls-alert-handshake-failure': 35,
  'tls-drips': 28,
  'tls-slow': 0,
  'tls-reset-after-request': 56,
  'tls-cut-in-body': 18,
  'h2-good': 0,
  'h2-silent': 28,
  'h2-never-answers': 28,
  'h2-rst-stream': 92,
  'h2-rst-in-body': 92,
};

test('curl meets each fault as its name says', async () => {
  const names = Object.keys(EXPECTED) as FaultName[];
  const seen: Partial<Record<FaultName, number>> = {};
  const waiting = [...names];
  const worker = async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      // Those that are to end in a timeout never answer, however short it is.
      seen[name] = await curl(server.url(name), ...(EXPECTED[name] === TIMEOUT ? ['-m', '0.7'] : []));
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  expect(seen).toEqual(EXPECTED);
});

test('a bomb decodes to more than it says', async () => {
  const limited = await Promise.all((['gzip-bomb', 'brotli-bomb', 'zstd-bomb'] as const).map((name) => curl(server.url(name))));
  expect(limited).toEqual([0, 0, 0]);
});

test('every fault takes connections', async () => {
  const before = faultNames.map((name) => server.connections(name));
  const { connect } = await import('node:net');
  await Promise.all(
    faultNames.map(
      (name) =>
        new Promise<void>((resolve) => {
          const socket = connect(Number(new URL(server.url(name)).port), '127.0.0.1', () => socket.end());
          socket.on('error', () => {}).on('close', () => resolve());
          socket.resume();
          setTimeout(() => socket.destroy(), 300);
        }),
    ),
  );
  expect(faultNames.map((name) => server.connections(name))).toEqual(before.map((count) => count + 1));
});

test('a silent port leaves a connection attempt without an answer', async () => {
  await using silent = await startSilentPort();
  expect(await curl(`http://127.0.0.1:${silent.port}/`, '--connect-timeout', '0.4')).toBe(28);
  expect(await curl(`http://127.0.0.1:${server.closedPort}/`)).toBe(7);
});
