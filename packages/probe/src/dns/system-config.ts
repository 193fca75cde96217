import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { nowUs } from '../timing/loop-bound.ts';

/** How often the files are looked at for a change, µs. */
const CHECK_EVERY_US = 1_000_000;
const MAX_FILE_BYTES = 1_048_576;
/** As glibc's MAXNS and MAXDNSRCH. */
const MAX_SERVERS = 3;
const MAX_SEARCH = 6;

export type SystemConfig = {
  /** Addresses of the name servers, in order; scope kept (`fe80::1%eth0`). */
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
  /** Lower-case host name → addresses, in the order of the hosts file. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
};

/** The settings of the system's resolver; files that changed are read again. A file that cannot be read counts as empty. */
export class SystemConfigFiles {
  readonly #resolvConf: WatchedFile;
  readonly #hosts: WatchedFile;
  #checkedUs = Number.NEGATIVE_INFINITY;
  #config: SystemConfig | null = null;

  constructor(paths: { readonly resolvConf: string; readonly hosts: string }) {
    this.#resolvConf = new WatchedFile(paths.resolvConf);
    this.#hosts = new WatchedFile(paths.hosts);
  }

  current(): SystemConfig {
    const now = nowUs();
    if (this.#config !== null && now - this.#checkedUs < CHECK_EVERY_US) return this.#config;
    this.#checkedUs = now;
    const hasChanged = [this.#resolvConf.refresh(), this.#hosts.refresh()].includes(true);
    if (this.#config === null || hasChanged) {
      this.#config = { ...parseResolvConf(this.#resolvConf.text), hosts: parseHosts(this.#hosts.text) };
    }
    return this.#config;
  }
}

class WatchedFile {
  text = '';
  readonly #path: string;
  #version = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether `text` is another one now. */
  refresh(): boolean {
    const before = this.text;
    try {
      const { mtimeMs, size, ino } = statSync(this.#path);
      const version = `${ino}:${mtimeMs}:${size}`;
      if (version === this.#version) return false;
      this.text = size > MAX_FILE_BYTES ? '' : readFileSync(this.#path, 'utf8');
      this.#version = version;
    } catch {
      this.text = '';
      this.#version = '';
    }
    return this.text !== before;
  }
}

/** resolv.conf(5): `nameserver`, `search`/`domain`, `options ndots:N`. Without a server: the one on this machine. */
export function parseResolvConf(text: string): Omit<SystemConfig, 'hosts'> {
  const servers: string[] = [];
  let search: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    const [first] = values;
    if (keyword === 'nameserver' && first !== undefined && isIP(first) !== 0) servers.push(first);
    if (keyword === 'search' || keyword === 'domain') search = values.filter((value) => value !== '.').map(withoutFinalDot);
    if (keyword === 'options') {
      for (const value of values) {
        const found = /^ndots:(\d{1,3})$/.exec(value)?.[1];
        if (found !== undefined) ndots = Math.min(Number(found), 15);
      }
    }
  }
  return {
    servers: servers.length === 0 ? ['127.0.0.1'] : servers.slice(0, MAX_SERVERS),
    search: search.slice(0, MAX_SEARCH),
    ndots,
  };
}

/** hosts(5): an address, then its names. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const name of names) {
      const key = withoutFinalDot(name).toLowerCase();
      const addresses = hosts.get(key);
      if (addresses === undefined) hosts.set(key, [address]);
      else if (!addresses.includes(address)) addresses.push(address);
    }
  }
  return hosts;
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
