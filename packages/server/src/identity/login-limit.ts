import { normalizeIP } from '@fastify/rate-limit';
import { AppError } from '@watchpost/contracts/errors/app-error';

const WINDOW_MS = 15 * 60_000;
/** Failures from one network (an IPv4 address, an IPv6 /64) at one account. */
const FAILURES_PER_PAIR = 10;
const FAILURES_PER_NETWORK = 30;
/** From everywhere: higher, so that one stranger cannot lock somebody out. */
const FAILURES_PER_ACCOUNT = 100;
const NETWORK_BITS = 64;
/** Entries remembered; beyond, the oldest are forgotten. */
const ENTRY_LIMIT = 20_000;

/** Slows down guessing. Durations are of a monotonic clock, so that a change of the time forgives nobody. */
export type LoginLimit = {
  /** Counts an attempt as failed before it is made, so that many at once count like one after the other. Throws `too-many-requests`. */
  readonly begin: (address: string, account: string) => void;
  /** Takes back what `begin` counted, and forgives the failures of the pair. */
  readonly succeeded: (address: string, account: string) => void;
};

type Entry = { failures: number; readonly since: number };

export function createLoginLimit(monotonicUs: () => number): LoginLimit {
  const entries = new Map<string, Entry>();
  const now = () => monotonicUs() / 1_000;
  const current = (key: string): Entry | null => {
    const entry = entries.get(key);
    return entry === undefined || now() - entry.since >= WINDOW_MS ? null : entry;
  };
  const keysOf = (address: string, name: string): readonly { readonly key: string; readonly limit: number }[] => {
    const network = normalizeIP(address, NETWORK_BITS);
    const account = name.trim().toLowerCase();
    return [
      { key: `pair ${network} ${account}`, limit: FAILURES_PER_PAIR },
      { key: `network ${network}`, limit: FAILURES_PER_NETWORK },
      { key: `account ${account}`, limit: FAILURES_PER_ACCOUNT },
    ];
  };
  return {
    begin(address, account) {
      const keys = keysOf(address, account);
      for (const { key, limit } of keys) {
        const entry = current(key);
        if (entry === null || entry.failures < limit) continue;
        const retryAfterS = Math.max(1, Math.ceil((entry.since + WINDOW_MS - now()) / 1000));
        throw new AppError('too-many-requests', undefined, { retryAfterS });
      }
      for (const { key } of keys) {
        const entry = current(key) ?? { failures: 0, since: now() };
        entry.failures += 1;
        entries.delete(key);
        entries.set(key, entry);
      }
      while (entries.size > ENTRY_LIMIT) for (const oldest of entries.keys()) if (entries.delete(oldest)) break;
    },
    succeeded(address, account) {
      const [pair, ...others] = keysOf(address, account);
      if (pair !== undefined) entries.delete(pair.key);
      for (const { key } of others) {
        const entry = entries.get(key);
        if (entry !== undefined) entry.failures = Math.max(0, entry.failures - 1);
      }
    },
  };
}
