import { resultSchema } from '@watchpost/contracts/results/result';
import { type FaultName, faultNames, type FaultyServer, startFaultyServer } from '@watchpost/testkit/faulty-server';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { startSilentPort } from '@watchpost/testkit/silent-port';
import { runWatchpost, startWatchpost } from '@watchpost/testkit/watchpost-process';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: FaultyServer;
beforeAll(async () => {
  server = await startFaultyServer();
});
afterAll(() => server.close());

const BODY_BYTES = 4 << 20;
type Name = FaultName | 'closed-port' | 'silent-port';

const check = (name: Name, url: string) => ({
  kind: 'http',
  url,
  caPem: server.caPem,
  ...timeouts(EXPECTED[name]),
  maxBodyBytes: BODY_BYTES,
});

/** Short only where nothing comes for as long as one waits: what is slow because the machine is busy must not look like it. */
function timeouts(expected: string): { readonly connectTimeoutMs: number; readonly totalTimeoutMs: number } {
  if (/(connect|tls)-timeout$/.test(expected)) return { connectTimeoutMs: 3_000, totalTimeoutMs: 60_000 };
  if (expected.endsWith('-timeout')) return { connectTimeoutMs: 8_000, totalTimeoutMs: 8_000 };
  return { connectTimeoutMs: 60_000, totalTimeoutMs: 60_000 };
}

/** Outcome, fault, code; `up` alone where an odd answer is to be accepted. */
const EXPECTED: Readonly<Record<Name, string>> = {
  'closed-port': 'down target connect-refused',
  'silent-port': 'down network connect-timeout',
  'close-at-accept': 'down target early-close',
  'reset-at-accept': 'down, by a reset',
  'never-answers': 'down target first-byte-timeout',
  'close-after-request': 'down target early-close',
  'reset-after-request': 'down network reset',
  'close-in-status-line': 'down target early-close',
  'close-in-header': 'down target early-close',
  'reset-in-header': 'down network reset',
  'close-in-body': 'down target early-close',
  'reset-in-body': 'down network reset',
  'silent-in-header': 'down target total-timeout',
  'silent-in-body': 'down target total-timeout',
  'drips-status-line': 'down target total-timeout',
  'drips-headers': 'down target total-timeout',
  'drips-body': 'down target total-timeout',
  'length-too-long': 'down target early-close',
  'length-too-short': 'up',
  'length-negative': 'down target bad-response',
  'length-not-a-number': 'down target bad-response',
  'length-twice-different': 'down target bad-response',
  'length-beyond-integers': 'down target bad-response',
  'endless-body': 'up',
  'endless-chunks': 'up',
  'endless-headers': 'down target headers-too-large',
  'header-1mb': 'down target headers-too-large',
  'huge-status-line': 'down target headers-too-large',
  'endless-status-line': 'down target headers-too-large',
  'header-without-colon': 'down target bad-response',
  'header-with-nul': 'down target bad-response',
  'header-40kb': 'up',
  'bare-line-feeds': 'up',
  'http-0.9': 'down target bad-response',
  garbage: 'down target bad-response',
  'endless-garbage': 'down target bad-response',
  'smtp-banner': 'down target bad-response',
  'status-not-a-number': 'down target bad-response',
  'status-too-small': 'down target bad-response',
  'http-version-9': 'down target bad-response',
  'nul-bytes': 'down target bad-response',
  'switches-protocols': 'down target status',
  'early-hints': 'up',
  'informational-flood': 'down target headers-too-large',
  'chunk-size-not-hex': 'down target bad-response',
  'chunk-size-huge': 'down target bad-response',
  'chunk-size-negative': 'down target bad-response',
  'chunk-without-end': 'down target bad-response',
  'chunks-cut-off': 'down target early-close',
  'endless-chunk-extension': 'down target bad-response',
  'endless-trailers': 'down target headers-too-large',
  'invalid-utf8': 'up',
  'nul-in-body': 'up',
  'redirect-loop': 'down target too-many-redirects',
  'redirect-growing': 'down target too-many-redirects',
  'redirect-to-nowhere': 'down target connect-refused',
  'redirect-to-bad-url': 'down target bad-redirect',
  'redirect-to-file': 'down target bad-redirect',
  'redirect-to-ftp': 'down target bad-redirect',
  'redirect-with-injection': 'down target bad-response',
  'redirect-without-location': 'down target status',
  'gzip-bomb': 'down target decoded-too-large',
  'brotli-bomb': 'down target decoded-too-large',
  'zstd-bomb': 'down target decoded-too-large',
  'gzip-broken': 'down target bad-encoding',
  'gzip-cut-off': 'down target bad-encoding',
  'gzip-wrong-checksum': 'down target bad-encoding',
  'brotli-broken': 'down target bad-encoding',
  'zstd-broken': 'down target bad-encoding',
  'encoding-unknown': 'up',
  'certificate-good': 'up',
  'certificate-expired': 'down target tls-expired',
  'certificate-not-yet-valid': 'down target tls-not-yet-valid',
  'certificate-self-signed': 'down target tls-self-signed',
  'certificate-wrong-name': 'down target tls-name-mismatch',
  'certificate-untrusted': 'down target tls-untrusted',
  'tls-old-version': 'down target tls-protocol',
  'tls-never-answers': 'down target tls-timeout',
  'tls-close-at-accept': 'down target tls-failed',
  'tls-close-at-hello': 'down target tls-failed',
  'tls-reset-at-hello': 'down network reset',
  'tls-not-spoken': 'down target tls-failed',
  'tls-garbage': 'down target tls-failed',
  'tls-alert-handshake-failure': 'down target tls-protocol',
  'tls-alert-protocol-version': 'down target tls-protocol',
  'tls-drips': 'down target tls-timeout',
  'tls-slow': 'up',
  'tls-never-answers-request': 'down target first-byte-timeout',
  'tls-close-after-request': 'down target early-close',
  'tls-reset-after-request': 'down network reset',
  'tls-cut-in-body': 'down target early-close',
  'h2-good': 'up',
  'h2-silent': 'down target first-byte-timeout',
  'h2-garbage': 'down target bad-response',
  'h2-close-at-once': 'down target early-close',
  'h2-never-answers': 'down target first-byte-timeout',
  'h2-goaway': 'down target early-close',
  'h2-rst-stream': 'down target early-close',
  'h2-refused-stream': 'down target early-close',
  'h2-rst-in-body': 'down target early-close',
  'h2-close-in-body': 'down target early-close',
};

test('every bad server gets its class, in one batch, and nothing crashes', async () => {
  await using silent = await startSilentPort();
  const input = [
    { id: 'closed-port', check: check('closed-port', `http://127.0.0.1:${server.closedPort}/`) },
    { id: 'silent-port', check: check('silent-port', `http://127.0.0.1:${silent.port}/`) },
    ...faultNames.map((id) => ({ id, check: check(id, server.url(id)) })),
  ];
  const lines = input.map((line) => `${JSON.stringify(line)}\n`).join('');
  const ended = await runWatchpost(['probe', 'batch', '--concurrency', '16', '--overload-ms', '10000'], { input: lines });
  expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({ code: 0, signal: null, stderr: '' });

  const results = ended.stdout
    .trim()
    .split('\n')
    .map((line) => resultSchema.parse(JSON.parse(line)));
  const seen = results.map(({ targetId, outcome, fault, errorCode }) => {
    const words = [outcome, fault, errorCode].filter((word) => word !== null).join(' ');
    // The reset may overtake the end of the connect.
    const isEither = targetId === 'reset-at-accept' && (words === 'down network reset' || words === 'down target connect-reset');
    return [targetId, isEither ? 'down, by a reset' : words];
  });
  expect(Object.fromEntries(seen)).toEqual(EXPECTED);

  for (const { hops, totalUs, targetId, errorText, outcome } of results) {
    const phases = hops.flatMap((hop) => Object.values(hop.phases));
    expect(
      phases.reduce<number>((sum, us) => sum + (us ?? 0), 0),
      `phases of ${targetId}`,
    ).toBe(totalUs);
    expect(errorText === null, `text of ${targetId}`).toBe(outcome === 'up');
  }
  const endless = results.filter(({ targetId }) => targetId.startsWith('endless-body') || targetId === 'endless-chunks');
  expect(endless.map((result) => [result.bodyTruncated, result.sizeDownload])).toEqual([
    [true, BODY_BYTES],
    [true, BODY_BYTES],
  ]);
});

test('500 bombs and endless bodies leave nothing behind', async () => {
  const rounds = 500;
  const kinds = ['gzip-bomb', 'endless-body', 'brotli-bomb', 'endless-headers', 'zstd-bomb'] as const;
  const line = (round: number) => {
    const kind = kinds[round % kinds.length] ?? 'gzip-bomb';
    return `${JSON.stringify({ id: kind, check: check(kind, server.url(kind)) })}\n`;
  };
  await using batch = startWatchpost(['probe', 'batch', '--concurrency', '8', '--overload-ms', '10000'], {
    input: Array.from({ length: rounds }, (_, round) => line(round)).join(''),
  });
  let highestBytes = 0;
  const timer = setInterval(() => (highestBytes = Math.max(highestBytes, readTreeUsage(batch.pid).rssBytes)), 50);
  const { code } = await batch.exit;
  clearInterval(timer);
  const codes = batch
    .stdout()
    .trim()
    .split('\n')
    .map((text) => resultSchema.parse(JSON.parse(text)).errorCode);
  expect(code).toBe(0);
  expect(codes).toHaveLength(rounds);
  expect(codes.filter((each) => each === 'decoded-too-large')).toHaveLength(rounds * 0.6);
  expect(codes.filter((each) => each === 'headers-too-large')).toHaveLength(rounds * 0.2);
  // Without a limit 60 % of the rounds would hold 128 MiB each.
  expect(highestBytes).toBeLessThan(400e6);
  expect(highestBytes).toBeGreaterThan(20e6);
  console.log(`most memory: ${Math.round(highestBytes / 1e6)} MB`);
});
