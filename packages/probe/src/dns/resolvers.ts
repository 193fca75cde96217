import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { nowUs } from '../timing/loop-bound.ts';
import { followAliases } from './message.ts';
import { MalformedMessage } from './name.ts';
import { askQuestion, failure, type Answered, type NameServer } from './question.ts';
import type {
  LookupFailure,
  LookupMarks,
  LookupOptions,
  LookupResult,
  QueryResult,
  RecordType,
  Resolver,
  Resolvers,
} from './resolver.ts';
import { SystemConfigFiles } from './system-config.ts';
import { UdpServer } from './udp-server.ts';

const DNS_PORT = 53;
/** Aliases that are asked for one after the other, each answer holding only the next one. */
const MAX_ALIAS_QUESTIONS = 8;
/** Name servers that are kept. A check names at most one, so more are those of checks that are gone. */
const MAX_SERVERS = 1_024;

type FollowOutcome = (Answered & { readonly answers: readonly string[] }) | LookupFailure;

/**
 * Resolvers over UDP sockets of our own: every lookup is a query of its own and takes as long as the server does. The
 * system's `getaddrinfo` has few threads and queues; c-ares shortens its timeout by what it saw before.
 */
export function createResolvers(paths?: { readonly resolvConf?: string; readonly hosts?: string }): Resolvers {
  const servers = new Map<string, NameServer>();
  /** What `get` made, by its text: each check asks for it in each measurement. */
  const resolvers = new Map<string, Resolver>();
  const files = new SystemConfigFiles({
    resolvConf: paths?.resolvConf ?? '/etc/resolv.conf',
    hosts: paths?.hosts ?? '/etc/hosts',
  });

  function server(address: string, port: number): NameServer {
    const label = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
    let found = servers.get(label);
    if (found === undefined) {
      found = { address, port, label, udp: new UdpServer(address, port) };
      servers.set(label, found);
      const oldest = servers.size > MAX_SERVERS ? servers.values().next().value : undefined;
      oldest?.udp.retire();
      if (oldest !== undefined) servers.delete(oldest.label);
    }
    return found;
  }

  const system: Resolver = {
    lookup: (host, family, options) => {
      const known = addressesWithoutQuery(host, family) ?? addressesOfHostsFile(files, host, family);
      if (known !== null) return Promise.resolve(known);
      const { search, ndots, servers: addresses } = files.current();
      return lookupNames(
        addresses.map((address) => server(address, DNS_PORT)),
        candidates(host, search, ndots),
        family,
        options,
      );
    },
    query: (name, type, options) => {
      const { servers: addresses } = files.current();
      return query(
        addresses.map((address) => server(address, DNS_PORT)),
        name,
        type,
        options,
      );
    },
  };

  return {
    get(resolver) {
      if (resolver === null) return system;
      const known = resolvers.get(resolver);
      if (known !== undefined) return known;
      const parsed = parseResolver(resolver);
      if (parsed === null) return null;
      if (resolvers.size >= MAX_SERVERS) resolvers.clear();
      const made = createResolver(() => server(parsed.address, parsed.port));
      resolvers.set(resolver, made);
      return made;
    },
    close() {
      for (const { udp } of servers.values()) udp.close();
      servers.clear();
    },
  };
}

/** Asks one server, takes names as they are and reads no files. */
function createResolver(server: () => NameServer): Resolver {
  return {
    lookup: (host, family, options) => {
      const known = addressesWithoutQuery(host, family);
      return known === null ? lookupNames([server()], [host], family, options) : Promise.resolve(known);
    },
    query: (name, type, options) => query([server()], name, type, options),
  };
}

/** `IP`, `IP:PORT` or `[IPv6]:PORT`; null when it is none of these. */
export function parseResolver(text: string): { readonly address: string; readonly port: number } | null {
  if (isIP(text) !== 0) return { address: text, port: DNS_PORT };
  const match = /^(?:\[([^\]]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3] ?? DNS_PORT);
  if (isIP(address) === 0 || port < 1 || port > 65_535) return null;
  return (match?.[1] !== undefined) === isIPv6(address) ? { address, port } : null;
}

function addressesWithoutQuery(host: string, family: 'any' | '4' | '6'): LookupResult | null {
  const kind = isIP(host);
  if (kind !== 0) return ofFamily(host, [host], family);
  const name = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return ofFamily(host, ['127.0.0.1', '::1'], family);
  return null;
}

function addressesOfHostsFile(files: SystemConfigFiles, host: string, family: 'any' | '4' | '6'): LookupResult | null {
  const name = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase();
  const found = ofFamily(host, files.current().hosts.get(name) ?? [], family);
  return found.ok ? found : null;
}

function ofFamily(host: string, addresses: readonly string[], family: 'any' | '4' | '6'): LookupResult {
  const chosen = family === 'any' ? addresses : addresses.filter((address) => isIP(address) === Number(family));
  if (chosen.length > 0) return { ok: true, addresses: chosen, resolver: null };
  return failure('dns-no-address', `${host} has no IPv${family === 'any' ? '4 or IPv6' : family} address`, null);
}

/** The names to try, in order: resolv.conf(5), `search` and `ndots`. */
export function candidates(host: string, search: readonly string[], ndots: number): readonly string[] {
  if (host.endsWith('.') || search.length === 0) return [host];
  const dots = host.split('.').length - 1;
  const searched = search.map((domain) => `${host}.${domain}`);
  return dots >= ndots ? [host, ...searched] : [...searched, host];
}

async function lookupNames(
  servers: readonly NameServer[],
  names: readonly string[],
  family: 'any' | '4' | '6',
  options: LookupOptions,
): Promise<LookupResult> {
  const steps = new Steps(options);
  let first: LookupFailure | null = null;
  for (const name of names) {
    const outcome = await lookupName(servers, name, family, steps);
    if (outcome.ok) return outcome;
    if (outcome.code !== 'dns-nxdomain' && outcome.code !== 'dns-no-address') return outcome;
    first ??= outcome;
  }
  return first ?? failure('dns-nxdomain', 'the name is empty', null);
}

async function lookupName(
  servers: readonly NameServer[],
  name: string,
  family: 'any' | '4' | '6',
  steps: Steps,
): Promise<LookupResult> {
  const types = family === 'any' ? (['A', 'AAAA'] as const) : family === '4' ? (['A'] as const) : (['AAAA'] as const);
  let resolver: string | null = null;
  for (const type of types) {
    const outcome = await follow(servers, name, type, steps);
    if (!outcome.ok) return outcome;
    if (outcome.answers.length > 0) return { ok: true, addresses: outcome.answers, resolver: outcome.resolver };
    resolver = outcome.resolver;
  }
  return failure('dns-no-address', `${name} has no ${types.join(' or ')} record`, resolver);
}

async function query(
  servers: readonly NameServer[],
  name: string,
  type: RecordType,
  options: LookupOptions,
): Promise<QueryResult> {
  return follow(servers, name, type, new Steps(options));
}

/** Asks for a name and then for the names its aliases lead to, until the records of the type are there. */
async function follow(servers: readonly NameServer[], name: string, type: RecordType, steps: Steps): Promise<FollowOutcome> {
  const records: Answered['records'][number][] = [];
  let owner = isAscii(name) ? name : domainToASCII(name);
  for (let questions = 0; questions < MAX_ALIAS_QUESTIONS; questions++) {
    const outcome = await askQuestion(servers, owner, type, steps.take(), steps.marks);
    if (!outcome.ok) return outcome;
    records.push(...outcome.records);
    try {
      const { answers, alias } = followAliases(outcome.records, owner, type);
      if (answers.length > 0 || alias === null) return { ok: true, records, answers, resolver: outcome.resolver };
      owner = alias;
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      return failure('dns-bad-response', `${name}: ${error.message}`, outcome.resolver);
    }
  }
  return failure('dns-bad-response', `${name}: more than ${MAX_ALIAS_QUESTIONS} aliases one after the other`, null);
}

function isAscii(name: string): boolean {
  return /^[\0-\x7f]*$/.test(name);
}

/** The time that is left for all questions of one lookup, and the caller's mark between them. */
class Steps {
  readonly marks: LookupMarks;
  readonly #startUs = nowUs();
  readonly #timeoutMs: number;
  #isFirst = true;

  constructor(options: LookupOptions) {
    this.marks = options;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Milliseconds left, as the next question begins. */
  take(): number {
    if (this.#isFirst) {
      this.#isFirst = false;
      return this.#timeoutMs;
    }
    this.marks.onStep?.();
    return Math.max(1, Math.ceil(this.#timeoutMs - (nowUs() - this.#startUs) / 1_000));
  }
}
