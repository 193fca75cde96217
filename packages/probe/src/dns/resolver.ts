import type { ErrorCode } from '@watchpost/contracts/results/error-codes';

/** Record types that can be asked for. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'TXT' | 'SOA' | 'SRV' | 'PTR' | 'CAA';

/** Why a lookup failed. `resolver`: who said so, as `IP:PORT`; null when nobody was asked or nobody answered. */
export type LookupFailure = {
  readonly ok: false;
  readonly code: Extract<ErrorCode, `dns-${string}` | 'probe-failed'>;
  readonly text: string;
  readonly resolver: string | null;
};

/** Addresses of a host, best first. `resolver` is null when none had to be asked. */
export type LookupResult =
  | { readonly ok: true; readonly addresses: readonly string[]; readonly resolver: string | null }
  | LookupFailure;

/** One record of an answer. `text` is the data as `dig +short` shows it, names without the final dot. */
export type DnsRecord = { readonly name: string; readonly type: string; readonly ttlS: number; readonly text: string };

export type QueryResult =
  | {
      readonly ok: true;
      /** All records of the answer section, in their order: also the CNAMEs that led to the wanted ones. */
      readonly records: readonly DnsRecord[];
      /** The data of those of the wanted type. Empty: the name exists, but has none. */
      readonly answers: readonly string[];
      readonly resolver: string;
    }
  | LookupFailure;

export type LookupOptions = LookupMarks & { readonly timeoutMs: number };

/** How a caller learns of what it times. */
export type LookupMarks = {
  /** Called right before a question is handed to the system; not for one that goes over TCP. */
  readonly onSend?: (() => void) | undefined;
  /**
   * Called while the answer of an exchange that is not the last one is handled (a CNAME to follow, a truncated answer,
   * the next name of the search list), so that the caller can mark the event.
   */
  readonly onStep?: (() => void) | undefined;
};

/** Asks one set of name servers. Nothing is cached: each call asks again. Never rejects. */
export type Resolver = {
  /**
   * Addresses of a host. An address literal is its own answer; `localhost` needs no server. `any`: the IPv4 addresses,
   * and only when there are none the IPv6 addresses.
   */
  lookup(host: string, family: 'any' | '4' | '6', options: LookupOptions): Promise<LookupResult>;
  /** All records of one type. The name is taken as it is: no search list, no hosts file. */
  query(name: string, type: RecordType, options: LookupOptions): Promise<QueryResult>;
};

/** All resolvers of one thread. */
export type Resolvers = {
  /** `IP`, `IP:PORT` or `[IPv6]:PORT`; null: what `/etc/resolv.conf` says now. Null when the text is none of these. */
  get(resolver: string | null): Resolver | null;
  /** Fails what is being asked with `probe-failed` and closes the sockets. */
  close(): void;
};
