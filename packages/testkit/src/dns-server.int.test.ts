import { Resolver } from 'node:dns/promises';
import { expect, test } from 'vitest';
import { type DnsQuery, type DnsReply, startDnsServer } from './dns-server.ts';

async function ask(answer: Readonly<Record<string, DnsReply>> | ((query: DnsQuery) => DnsReply)) {
  const server = await startDnsServer({ answer });
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([server.address]);
  return { server, resolver };
}

test('records of every type come back as they were given', async () => {
  const { server, resolver } = await ask({
    'a.test A': { records: [{ type: 'A', value: '192.0.2.7' }] },
    'a.test AAAA': { records: [{ type: 'AAAA', value: '2001:db8::7' }] },
    'a.test MX': { records: [{ type: 'MX', value: '10 mail.test' }] },
    'a.test TXT': { records: [{ type: 'TXT', value: 'x'.repeat(300) }] },
    'a.test SOA': { records: [{ type: 'SOA', value: 'ns.test admin.test 1 2 3 4 5' }] },
    'a.test SRV': { records: [{ type: 'SRV', value: '0 5 443 www.test' }] },
    'a.test CAA': { records: [{ type: 'CAA', value: '0 issue "ca.test"' }] },
    'alias.test': {
      records: [
        { type: 'CNAME', value: 'a.test' },
        { name: 'a.test', type: 'A', value: '192.0.2.7' },
      ],
    },
  });
  await using _ = server;
  expect(await resolver.resolve4('a.test')).toEqual(['192.0.2.7']);
  expect(await resolver.resolve6('a.test')).toEqual(['2001:db8::7']);
  expect(await resolver.resolveMx('a.test')).toEqual([expect.objectContaining({ priority: 10, exchange: 'mail.test' })]);
  expect((await resolver.resolveTxt('a.test')).flat().join('')).toBe('x'.repeat(300));
  expect(await resolver.resolveSoa('a.test')).toMatchObject({
    nsname: 'ns.test',
    hostmaster: 'admin.test',
    serial: 1,
    minttl: 5,
  });
  expect(await resolver.resolveSrv('a.test')).toEqual([expect.objectContaining({ weight: 5, port: 443, name: 'www.test' })]);
  expect(await resolver.resolveCaa('a.test')).toEqual([expect.objectContaining({ critical: 0, issue: 'ca.test' })]);
  expect(await resolver.resolve4('alias.test')).toEqual(['192.0.2.7']);
});

test('errors, silence and forged answers', async () => {
  const { server, resolver } = await ask({
    'fail.test': { rcode: 'SERVFAIL' },
    'refused.test': { rcode: 'REFUSED' },
    'silent.test': { silent: true },
    'forged.test': { wrongId: true, records: [{ type: 'A', value: '192.0.2.9' }] },
  });
  await using _ = server;
  await expect(resolver.resolve4('none.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolve4('fail.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  await expect(resolver.resolve4('refused.test')).rejects.toMatchObject({ code: 'EREFUSED' });
  await expect(resolver.resolve4('silent.test')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  await expect(resolver.resolve4('forged.test')).rejects.toMatchObject({ code: 'ETIMEOUT' });
});

test('a truncated answer is asked for again over TCP, and attempts are counted', async () => {
  const { server, resolver } = await ask({ 'big.test': { truncated: true, records: [{ type: 'A', value: '192.0.2.1' }] } });
  await using _ = server;
  expect(await resolver.resolve4('big.test')).toEqual(['192.0.2.1']);
  expect(server.queries.map(({ name, transport, attempt }) => ({ name, transport, attempt }))).toEqual([
    { name: 'big.test', transport: 'udp', attempt: 1 },
    { name: 'big.test', transport: 'tcp', attempt: 2 },
  ]);
});
