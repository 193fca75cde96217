import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { PHASE_KEYS } from '@watchpost/contracts/results/phase-keys';
import { type CheckInput, checkSchema } from '@watchpost/contracts/targets/check';
import { type Certificates, createCertificates } from '@watchpost/testkit/certificates';
import { type DnsServer, startDnsServer } from '@watchpost/testkit/dns-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measure } from './measure.ts';
import { createProbeContext } from './probe-context.ts';
import type { Measurement } from './prober.ts';

const context = createProbeContext({ overloadUs: 3_600_000_000 });
let certificates: Certificates;
let dns: DnsServer;
const servers: Server[] = [];

const listen = async (server: Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const tlsPort = ({ cert, key }: { cert: string; key: string }) =>
  listen(createTlsServer({ cert, key }, (socket) => socket.on('error', () => {})).on('tlsClientError', () => {}));

beforeAll(async () => {
  certificates = await createCertificates();
  dns = await startDnsServer({
    answer: {
      'www.timed.test A': { records: [{ type: 'A', value: '127.0.0.1' }] },
      'servfail.test': { rcode: 'SERVFAIL' },
      'silent.test': { silent: true },
      'empty.test': {},
    },
  });
});
afterAll(async () => {
  for (const server of servers) server.close();
  await context.close();
  await dns.close();
  await certificates.remove();
});

/** Measures, and checks what holds for every result: the phases sum to the total. */
async function run(input: CheckInput): Promise<Measurement> {
  const found = await measure(checkSchema.parse(input), context);
  const sum = found.hops.reduce((all, { phases }) => all + PHASE_KEYS.reduce((hop, key) => hop + (phases[key] ?? 0), 0), 0);
  expect(sum).toBe(found.totalUs);
  return found;
}

describe('tcp', () => {
  it('measures a connect, by address and by name', async () => {
    const port = await listen(createServer((socket) => socket.on('error', () => {}).resume()));
    const direct = await run({ kind: 'tcp', host: '127.0.0.1', port });
    expect(direct).toMatchObject({ outcome: 'up', remoteIp: '127.0.0.1', ipFamily: 4, nameLookupUs: null, appConnectUs: null });
    expect(direct.connectUs).toBe(direct.totalUs);
    const named = await run({ kind: 'tcp', host: 'www.timed.test', port, resolver: dns.address });
    expect(named).toMatchObject({ outcome: 'up', resolver: dns.address });
    expect(named.nameLookupUs).toBe(named.hops[0]?.phases.dnsUs);
  });
  it('classifies failures', async () => {
    expect(await run({ kind: 'tcp', host: '127.0.0.1', port: 1 })).toMatchObject({
      outcome: 'down',
      errorCode: 'connect-refused',
      connectUs: null,
    });
    const missing = await run({ kind: 'tcp', host: 'missing.test', port: 1, resolver: dns.address });
    expect(missing).toMatchObject({ outcome: 'down', errorCode: 'dns-nxdomain', nameLookupUs: null });
  });
});

describe('tls', () => {
  it('measures a handshake and reads the certificate; the name may be another than the host', async () => {
    const port = await tlsPort(certificates.good);
    const found = await run({ kind: 'tls', host: '127.0.0.1', port, serverName: 'a.timed.test', caPem: certificates.caPem });
    expect(found).toMatchObject({ outcome: 'up', tlsVersion: 'TLSv1.3', certExpiresAt: certificates.good.expiresAt });
    expect(found.appConnectUs).toBe(found.totalUs);
    expect(found.connectUs).toBeLessThan(found.totalUs);
    const other = await run({ kind: 'tls', host: '127.0.0.1', port, serverName: 'other.test', caPem: certificates.caPem });
    expect(other).toMatchObject({ outcome: 'down', errorCode: 'tls-name-mismatch', appConnectUs: null });
  });
  it.each([
    ['expired', 'tls-expired'],
    ['notYetValid', 'tls-not-yet-valid'],
    ['selfSigned', 'tls-self-signed'],
    ['wrongName', 'tls-name-mismatch'],
    ['untrusted', 'tls-untrusted'],
  ] as const)('%s is %s, and up without verification', async (name, errorCode) => {
    const port = await tlsPort(certificates[name]);
    const input = { kind: 'tls', host: '127.0.0.1', port, caPem: certificates.caPem } as const;
    const refused = await run(input);
    expect(refused).toMatchObject({ outcome: 'down', errorCode });
    // The certificate is read also when it is refused. Its maker rounds to seconds.
    expect(Math.abs((refused.certExpiresAt ?? 0) - certificates[name].expiresAt)).toBeLessThanOrEqual(2_000);
    expect(await run({ ...input, tlsVerify: false })).toMatchObject({ outcome: 'up', certExpiresAt: refused.certExpiresAt });
  });
  it('applies the certificate rule, and fails on a server that does not speak TLS', async () => {
    const port = await tlsPort(certificates.endsSoon);
    const input = { kind: 'tls', host: '127.0.0.1', port, caPem: certificates.caPem } as const;
    expect(await run({ ...input, rules: [{ type: 'certificate', minDays: 14 }] })).toMatchObject({
      errorCode: 'certificate-expires-soon',
    });
    const silent = await listen(createServer((socket) => socket.on('error', () => {}).resume()));
    const waited = await run({ kind: 'tls', host: '127.0.0.1', port: silent, connectTimeoutMs: 200 });
    expect(waited).toMatchObject({ outcome: 'down', errorCode: 'tls-timeout', appConnectUs: null });
  });
});

describe('dns', () => {
  it('gives the answers and judges them', async () => {
    const input = { kind: 'dns', name: 'www.timed.test', resolver: dns.address } as const;
    const found = await run({ ...input, rules: [{ type: 'dns-answer', values: ['127.0.0.1'] }] });
    expect(found).toMatchObject({ outcome: 'up', resolver: dns.address, details: { answers: '127.0.0.1', answerCount: 1 } });
    expect(await run({ ...input, rules: [{ type: 'dns-answer', values: ['127.0.0.2'] }] })).toMatchObject({
      errorCode: 'dns-answer-mismatch',
    });
  });
  it.each([
    ['missing.test', 'dns-nxdomain'],
    ['servfail.test', 'dns-servfail'],
    ['silent.test', 'dns-timeout'],
    ['empty.test', 'dns-no-address'],
  ])('%s is %s', async (name, errorCode) => {
    const found = await run({ kind: 'dns', name, resolver: dns.address, connectTimeoutMs: 300 });
    expect(found).toMatchObject({ outcome: 'down', errorCode });
  });
});

describe('icmp', () => {
  it('measures echo requests, or says that the machine cannot', async () => {
    const found = await run({ kind: 'icmp', host: '127.0.0.1', count: 2, rules: [{ type: 'max-loss', ratio: 0 }] });
    if (found.errorCode === 'probe-unsupported') return;
    expect(found).toMatchObject({ outcome: 'up', details: { sent: 2, received: 2 }, uncertaintyUs: null });
    expect(await run({ kind: 'icmp', host: 'missing.test', resolver: dns.address })).toMatchObject({ errorCode: 'dns-nxdomain' });
  });
});
