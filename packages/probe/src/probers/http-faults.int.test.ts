import type { ErrorCode } from '@watchpost/contracts/results/error-codes';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { type FaultName, type FaultyServer, startFaultyServer } from '@watchpost/testkit/faulty-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measure } from './measure.ts';
import { createProbeContext } from './probe-context.ts';
import type { Measurement, ProbeContext } from './prober.ts';

/** What each fault is for us; null: up. The compression bombs take long to make in this process: they are tested apart. */
const EXPECTED = {
  'close-at-accept': 'early-close',
  'reset-at-accept': ['connect-reset', 'reset', 'send-failed'],
  'never-answers': 'first-byte-timeout',
  'close-after-request': 'early-close',
  'reset-after-request': 'reset',
  'close-in-status-line': 'early-close',
  'close-in-header': 'early-close',
  'reset-in-header': 'reset',
  'close-in-body': 'early-close',
  'reset-in-body': 'reset',
  'silent-in-header': 'total-timeout',
  'silent-in-body': 'total-timeout',
  'drips-status-line': 'total-timeout',
  'drips-headers': 'total-timeout',
  'drips-body': 'total-timeout',
  'length-too-long': 'early-close',
  'length-too-short': null,
  'length-negative': 'bad-response',
  'length-not-a-number': 'bad-response',
  'length-twice-different': 'bad-response',
  'length-beyond-integers': 'bad-response',
  'endless-body': null,
  'endless-chunks': null,
  'endless-headers': 'headers-too-large',
  'header-1mb': 'headers-too-large',
  'huge-status-line': 'headers-too-large',
  'endless-status-line': 'headers-too-large',
  'header-without-colon': 'bad-response',
  'header-with-nul': 'bad-response',
  'header-40kb': null,
  'bare-line-feeds': null,
  'http-0.9': 'bad-response',
  garbage: 'bad-response',
  'endless-garbage': 'bad-response',
  'smtp-banner': 'bad-response',
  'status-not-a-number': 'bad-response',
  'status-too-small': 'bad-response',
  'http-version-9': 'bad-response',
  'nul-bytes': 'bad-response',
  'switches-protocols': 'status',
  'early-hints': null,
  'informational-flood': 'headers-too-large',
  'chunk-size-not-hex': 'bad-response',
  'chunk-size-huge': 'bad-response',
  'chunk-size-negative': 'bad-response',
  'chunk-without-end': 'bad-response',
  'chunks-cut-off': 'early-close',
  'endless-chunk-extension': 'bad-response',
  'endless-trailers': 'headers-too-large',
  'invalid-utf8': null,
  'nul-in-body': null,
  'redirect-loop': 'too-many-redirects',
  'redirect-growing': 'too-many-redirects',
  'redirect-to-nowhere': 'connect-refused',
  'redirect-to-bad-url': 'bad-redirect',
  'redirect-to-file': 'bad-redirect',
  'redirect-to-ftp': 'bad-redirect',
  'redirect-with-injection': 'bad-response',
  'redirect-without-location': 'status',
  'gzip-broken': 'bad-encoding',
  'gzip-cut-off': 'bad-encoding',
  'gzip-wrong-checksum': 'bad-encoding',
  'brotli-broken': 'bad-encoding',
  'zstd-broken': 'bad-encoding',
  'encoding-unknown': null,
  'certificate-good': null,
  'certificate-expired': 'tls-expired',
  'certificate-not-yet-valid': 'tls-not-yet-valid',
  'certificate-self-signed': 'tls-self-signed',
  'certificate-wrong-name': 'tls-name-mismatch',
  'certificate-untrusted': 'tls-untrusted',
  'tls-old-version': 'tls-protocol',
  'tls-never-answers': 'tls-timeout',
  'tls-close-at-accept': 'tls-failed',
  'tls-close-at-hello': 'tls-failed',
  'tls-reset-at-hello': 'reset',
  'tls-not-spoken': 'tls-failed',
  'tls-garbage': 'tls-failed',
  'tls-alert-handshake-failure': 'tls-protocol',
  'tls-alert-protocol-version': 'tls-protocol',
  'tls-drips': 'tls-timeout',
  'tls-slow': null,
  'tls-never-answers-request': 'first-byte-timeout',
  'tls-close-after-request': 'early-close',
  'tls-reset-after-request': 'reset',
  'tls-cut-in-body': 'early-close',
  'h2-good': null,
  'h2-silent': 'first-byte-timeout',
  'h2-garbage': 'bad-response',
  'h2-close-at-once': 'early-close',
  'h2-never-answers': 'first-byte-timeout',
  'h2-goaway': 'early-close',
  'h2-rst-stream': 'early-close',
  'h2-refused-stream': 'early-close',
  'h2-rst-in-body': 'early-close',
  'h2-close-in-body': 'early-close',
} as const satisfies Partial<Record<FaultName, ErrorCode | readonly ErrorCode[] | null>>;
type Tested = keyof typeof EXPECTED;

const BOMBS = ['gzip-bomb', 'brotli-bomb', 'zstd-bomb'] as const;

let server: FaultyServer;
let context: ProbeContext;
beforeAll(async () => {
  server = await startFaultyServer({ names: [...(Object.keys(EXPECTED) as Tested[]), ...BOMBS] });
  // The server shares this thread: its own work shows as our load.
  context = createProbeContext({ overloadUs: 60_000_000 });
});
afterAll(async () => {
  await context.close();
  await server.close();
});

function against(name: FaultName, more: object = {}): Promise<Measurement> {
  const check = { kind: 'http', url: server.url(name), caPem: server.caPem, connectTimeoutMs: 600, totalTimeoutMs: 900, ...more };
  return measure(checkSchema.parse(check), context);
}

/** What must hold for every result. */
function expectSound(result: Measurement): void {
  const phases = result.hops.flatMap((hop) => Object.values(hop.phases));
  expect(phases.reduce<number>((sum, us) => sum + (us ?? 0), 0)).toBe(result.totalUs);
  expect(phases.every((us) => us === null || (Number.isInteger(us) && us >= 0))).toBe(true);
  const points = [result.nameLookupUs, result.connectUs, result.appConnectUs, result.preTransferUs, result.startTransferUs];
  const reached = points.filter((us) => us !== null);
  if (result.redirectCount === 0) expect(reached).toEqual(reached.toSorted((a, b) => a - b));
  expect((result.outcome === 'up') === (result.errorCode === null)).toBe(true);
}

describe('the HTTP prober against faulty servers', () => {
  it.each(Object.entries(EXPECTED))('%s: %s', async (name, code) => {
    const limits = name.startsWith('endless') ? { totalTimeoutMs: 20_000, maxBodyBytes: 2_000_000 } : {};
    const result = await against(name as Tested, limits);
    expectSound(result);
    if (Array.isArray(code)) expect(code).toContain(result.errorCode);
    else expect(result.errorCode, result.errorText ?? '').toBe(code);
    if (name.startsWith('certificate')) expect(result.certExpiresAt).not.toBeNull();
  });

  it.each(BOMBS)('%s is found too large in little memory', async (name) => {
    const before = process.memoryUsage().rss;
    const result = await against(name, { totalTimeoutMs: 30_000 });
    expect(result.errorCode).toBe('decoded-too-large');
    expect(result.sizeDecoded).toBeLessThan(34_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 * 1024);
  });

  it('ends an endless body at its limit and says so', async () => {
    const result = await against('endless-body', { maxBodyBytes: 1_000_000, totalTimeoutMs: 20_000 });
    expect(result).toMatchObject({ outcome: 'up', bodyTruncated: true, sizeDownload: 1_000_000, sizeDecoded: 1_000_000 });
  });

  it('sends nothing to a server whose certificate is refused, and sends it when that is wanted', async () => {
    const refused = await against('certificate-expired');
    expect(refused).toMatchObject({ requestSize: 0, appConnectUs: null, httpStatus: null });
    const accepted = await against('certificate-expired', { tlsVerify: false });
    expect(accepted).toMatchObject({ outcome: 'up', httpStatus: 200, certExpiresAt: refused.certExpiresAt });
  });

  it('tells a closed port and a wrong resolver', async () => {
    const url = `http://127.0.0.1:${server.closedPort}/`;
    const check = { kind: 'http', url, connectTimeoutMs: 600 };
    expect(await measure(checkSchema.parse(check), context)).toMatchObject({ errorCode: 'connect-refused', fault: 'target' });
    const odd = await measure(checkSchema.parse({ ...check, resolver: 'not-an-address' }), context);
    expect(odd).toMatchObject({ outcome: 'unknown', fault: 'probe', errorCode: 'probe-failed' });
  });

  it('ends what is running when the probe stops', async () => {
    const own = createProbeContext();
    const check = checkSchema.parse({ kind: 'http', url: server.url('never-answers'), totalTimeoutMs: 60_000 });
    const running = measure(check, own);
    await own.close();
    expect(await running).toMatchObject({ outcome: 'unknown', errorCode: 'probe-failed' });
  });
});
