import { AppError } from '@watchpost/contracts/errors/app-error';

const WINDOW_MS = 15 * 60_000;
const FAILURES_PER_ACCOUNT = 10;
const FAILURES_PER_ADDRESS = 30;
/** Accounts and addresses remembered; beyond, the oldest are forgotten. */
const ENTRY_LIMIT = 20_000;

/** Slows down guessing: failed sign-ins are counted for each account and each address. */
export type LoginLimit = {
  /** Throws `too-many-requests`. */
  readonly check: (address: string, account: string) => void;
  readonly failed: (address: string, account: string) => void;
  readonly succeeded: (address: string, account: string) => void;
};

type Entry = { failures: number; since: number };

export function createLoginLimit(wallMs: () => number): LoginLimit {
  const entries = new Map<string, Entry>();
  const current = (key: string): Entry | null => {
    const entry = entries.get(key);
    return entry === undefined || wallMs() - entry.since >= WINDOW_MS ? null : entry;
  };
  const add = (key: string) => {
    const entry = current(key) ?? { failures: 0, since: wallMs() };
    entry.failures += 1;
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > ENTRY_LIMIT) for (const oldest of entries.keys()) if (entries.delete(oldest)) break;
  };
  const refuseBeyond = (key: string, limit: number) => {
    const entry = current(key);
    if (entry === null || entry.failures < limit) return;
    const retryAfterS = Math.max(1, Math.ceil((entry.since + WINDOW_MS - wallMs()) / 1000));
    throw new AppError('too-many-requests', undefined, { retryAfterS });
  };
  return {
    check(address, account) {
      refuseBeyond(`address ${address}`, FAILURES_PER_ADDRESS);
      refuseBeyond(`account ${account.toLowerCase()}`, FAILURES_PER_ACCOUNT);
    },
    failed(address, account) {
      add(`address ${address}`);
      add(`account ${account.toLowerCase()}`);
    },
    succeeded(_address, account) {
      entries.delete(`account ${account.toLowerCase()}`);
    },
  };
}
