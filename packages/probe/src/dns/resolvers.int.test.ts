import { type DnsQuery, type DnsReply, startDnsServer } from '@watchpost/testkit/dns-server';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createResolvers } from './resolvers.ts';

async function resolverOf(answer: ((query: DnsQuery) => DnsReply) | Record<string, DnsReply>) {
  const server = await startDnsServer({ answer });
  const resolvers = createResolvers();
  onTestFinished(async () => {
    resolvers.close();
    await server.close();
  });
  const resolver = resolvers.get(server.address);
  if (resolver === null) throw new Error('the server has an address');
  return { server, resolver, resolvers };
}

const A = (value: string, name?: string) => ({ type: 'A' as const, value, ...(name === undefined ? {} : { name }) });

describe('lookup', () => {
  it('gives IPv4 addresses, and IPv6 addresses only when there are none', async () => {
    const { server, resolver } = await resolverOf({
      'both.test A': { records: [A('192.0.2.1'), A('192.0.2.2')] },
      'both.test AAAA': { records: [{ type: 'AAAA', value: '2001:db8::1' }] },
      'six.test A': {},
      'six.test AAAA': { records: [{ type: 'AAAA', value: '2001:db8::1' }] },
    });
    const options = { timeoutMs: 5_000 };
    expect(await resolver.lookup('both.test', 'any', options)).toEqual({
      ok: true,
      addresses: ['192.0.2.1', '192.0.2.2'],
      resolver: server.address,
    });
    expect(await resolver.lookup('both.test', '6', options)).toMatchObject({ addresses: ['2001:db8::1'] });
    expect(await resolver.lookup('six.test', 'any', options)).toMatchObject({ addresses: ['2001:db8::1'] });
    expect(await resolver.lookup('six.test', '4', options)).toMatchObject({ ok: false, code: 'dns-no-address' });
  });

  it('asks nobody for literals and localhost', async () => {
    const { server, resolver } = await resolverOf({});
    const options = { timeoutMs: 1_000 };
    expect(await resolver.lookup('192.0.2.9', 'any', options)).toEqual({ ok: true, addresses: ['192.0.2.9'], resolver: null });
    expect(await resolver.lookup('LOCALHOST.', '4', options)).toEqual({ ok: true, addresses: ['127.0.0.1'], resolver: null });
    expect(await resolver.lookup('::1', '4', options)).toMatchObject({ ok: false, code: 'dns-no-address' });
    expect(server.queries).toHaveLength(0);
  });

  it('follows aliases, in one answer and over several', async () => {
    const { server, resolver } = await resolverOf({
      'one.test A': { records: [{ type: 'CNAME', value: 'two.test' }, A('192.0.2.2', 'two.test')] },
      'far.test A': { records: [{ type: 'CNAME', value: 'one.test' }] },
      'loop.test A': { records: [{ type: 'CNAME', value: 'loop.test' }] },
    });
    let steps = 0;
    const options = { timeoutMs: 5_000, onStep: () => steps++ };
    expect(await resolver.lookup('one.test', '4', options)).toMatchObject({ addresses: ['192.0.2.2'] });
    expect(steps).toBe(0);
    expect(await resolver.lookup('far.test', '4', options)).toMatchObject({ addresses: ['192.0.2.2'] });
    expect(steps).toBe(1);
    expect(server.queries.map((query) => query.name)).toEqual(['one.test', 'far.test', 'one.test']);
    expect(await resolver.lookup('loop.test', '4', options)).toMatchObject({ ok: false, code: 'dns-bad-response' });
  });

  it.each([
    ['NXDOMAIN', 'dns-nxdomain'],
    ['SERVFAIL', 'dns-servfail'],
    ['REFUSED', 'dns-refused'],
    ['NOTIMP', 'dns-bad-response'],
  ] as const)('%s is %s', async (rcode, code) => {
    const { resolver } = await resolverOf(() => ({ rcode }));
    expect(await resolver.lookup('a.test', '4', { timeoutMs: 5_000 })).toMatchObject({ ok: false, code });
  });

  it('sends again when a packet is lost', async () => {
    const { server, resolver } = await resolverOf((query) =>
      query.attempt === 1 ? { silent: true } : { records: [A('192.0.2.1')] },
    );
    expect(await resolver.lookup('a.test', '4', { timeoutMs: 5_000 })).toMatchObject({ ok: true });
    expect(server.queries).toHaveLength(2);
  });

  it('takes a late answer to the first packet', async () => {
    const { resolver } = await resolverOf((query) =>
      query.attempt === 1 ? { records: [A('192.0.2.1')], delayMs: 1_300 } : { silent: true },
    );
    expect(await resolver.lookup('a.test', '4', { timeoutMs: 5_000 })).toMatchObject({ ok: true });
  });

  it('gives up in time, and says whether anything came', async () => {
    const { resolver } = await resolverOf((query) =>
      query.name === 'silent.test' ? { silent: true } : { wrongName: 'other.test', records: [A('203.0.113.9')] },
    );
    expect(await resolver.lookup('silent.test', '4', { timeoutMs: 300 })).toMatchObject({ ok: false, code: 'dns-timeout' });
    expect(await resolver.lookup('forged.test', '4', { timeoutMs: 300 })).toMatchObject({ ok: false, code: 'dns-bad-response' });
  });

  it('does not take an answer with another id', async () => {
    const { resolver } = await resolverOf(() => ({ wrongId: true, records: [A('203.0.113.9')] }));
    expect(await resolver.lookup('a.test', '4', { timeoutMs: 300 })).toMatchObject({ ok: false, code: 'dns-timeout' });
  });

  it('says when nobody listens, and when it is closed', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    await once(socket, 'close');
    const { resolvers, resolver } = await resolverOf(() => ({ silent: true }));
    const unreachable = resolvers.get(`127.0.0.1:${port}`);
    expect(await unreachable?.lookup('a.test', '4', { timeoutMs: 5_000 })).toMatchObject({ ok: false, code: 'dns-unreachable' });
    const waiting = resolver.lookup('a.test', '4', { timeoutMs: 30_000 });
    resolvers.close();
    expect(await waiting).toMatchObject({ ok: false, code: 'probe-failed' });
  });

  it('keeps apart what is asked at the same time, over many ports', async () => {
    const { resolver } = await resolverOf((query) => ({ records: [A(`192.0.2.${query.name.split('.')[0]}`)] }));
    const asked = Array.from({ length: 200 }, (_, index) => `${index}.test`);
    const found = await Promise.all(asked.map((name) => resolver.lookup(name, '4', { timeoutMs: 10_000 })));
    expect(found.map((result) => (result.ok ? result.addresses[0] : result.code))).toEqual(
      asked.map((_, index) => `192.0.2.${index}`),
    );
  });
});

describe('query', () => {
  it.each([
    ['A', '192.0.2.1'],
    ['AAAA', '2001:db8::2:1'],
    ['MX', '10 mail.test'],
    ['NS', 'ns.test'],
    ['TXT', 'v=spf1 -all'],
    ['SOA', 'ns.test admin.test 1 2 3 4 5'],
    ['SRV', '0 5 443 www.test'],
    ['PTR', 'host.test'],
    ['CAA', '0 issue "ca.test"'],
    ['CNAME', 'other.test'],
  ] as const)('reads %s records', async (type, value) => {
    const { resolver } = await resolverOf(() => ({ records: [{ type, value }] }));
    expect(await resolver.query('a.test', type, { timeoutMs: 5_000 })).toMatchObject({ ok: true, answers: [value] });
  });

  it('asks over TCP when the answer does not fit', async () => {
    const records = Array.from({ length: 200 }, (_, index) => A(`192.0.2.${index}`));
    const { server, resolver } = await resolverOf(() => ({ records, truncated: true }));
    const result = await resolver.query('many.test', 'A', { timeoutMs: 5_000 });
    expect(result.ok && result.answers).toHaveLength(200);
    expect(server.queries.map((query) => query.transport)).toEqual(['udp', 'tcp']);
  });

  it('names the failure when TCP is closed', async () => {
    const { resolver } = await resolverOf(() => ({ truncated: true, closeTcp: true }));
    expect(await resolver.query('many.test', 'A', { timeoutMs: 5_000 })).toMatchObject({ ok: false, code: 'dns-bad-response' });
  });

  it('times out when only hostile packets come', async () => {
    const { resolver } = await resolverOf(() => ({ raw: Buffer.from([1, 2, 3]) }));
    expect(await resolver.query('a.test', 'A', { timeoutMs: 300 })).toMatchObject({ ok: false, code: 'dns-timeout' });
  });
});
