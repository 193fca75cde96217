import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { candidates, parseResolver } from './resolvers.ts';
import { parseHosts, parseResolvConf, SystemConfigFiles } from './system-config.ts';

describe('settings of the system', () => {
  it('reads resolv.conf', () => {
    const text =
      '# comment\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver nonsense\nsearch a.test b.test.\noptions ndots:2 rotate\n';
    expect(parseResolvConf(text)).toEqual({ servers: ['192.0.2.1', '2001:db8::1'], search: ['a.test', 'b.test'], ndots: 2 });
    expect(parseResolvConf('')).toEqual({ servers: ['127.0.0.1'], search: [], ndots: 1 });
  });

  it('reads the hosts file', () => {
    const hosts = parseHosts('127.0.0.1 Localhost # me\n192.0.2.1 web.test web\n2001:db8::1 web.test\nnonsense here\n');
    expect(hosts.get('web.test')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(hosts.get('localhost')).toEqual(['127.0.0.1']);
    expect(hosts.has('here')).toBe(false);
  });

  it('counts files that cannot be read as empty', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'watchpost-resolv-'));
    const paths = { resolvConf: join(dir, 'none'), hosts: join(dir, 'hosts') };
    await writeFile(paths.hosts, '192.0.2.7 here.test\n');
    const config = new SystemConfigFiles(paths).current();
    expect(config.servers).toEqual(['127.0.0.1']);
    expect(config.hosts.get('here.test')).toEqual(['192.0.2.7']);
    await rm(dir, { recursive: true });
  });

  it('tries names in the order of search and ndots', () => {
    expect(candidates('web', ['a.test', 'b.test'], 1)).toEqual(['web.a.test', 'web.b.test', 'web']);
    expect(candidates('web.x', ['a.test'], 1)).toEqual(['web.x', 'web.x.a.test']);
    expect(candidates('web.', ['a.test'], 1)).toEqual(['web.']);
  });

  it('reads the address of a resolver', () => {
    expect(parseResolver('192.0.2.1')).toEqual({ address: '192.0.2.1', port: 53 });
    expect(parseResolver('192.0.2.1:5353')).toEqual({ address: '192.0.2.1', port: 5353 });
    expect(parseResolver('[2001:db8::1]:5353')).toEqual({ address: '2001:db8::1', port: 5353 });
    expect(parseResolver('2001:db8::1')).toEqual({ address: '2001:db8::1', port: 53 });
    for (const text of ['dns.test', '192.0.2.1:0', '192.0.2.1:99999', '[192.0.2.1]:53', ''])
      expect(parseResolver(text)).toBeNull();
  });
});
