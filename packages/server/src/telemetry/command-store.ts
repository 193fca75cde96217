import type { Removal, StoredCommand } from '@watchpost/contracts/api/audit';
import type { Command } from '@watchpost/contracts/commands/command';

/** A record by its identity. */
export type CommandId = { readonly hostId: string; readonly epoch: number; readonly sequence: number };

/** What is looked for. Times are Unix ms, `from <= at < to`. Null and empty lists: any. */
export type CommandQuery = {
  readonly from: number;
  readonly to: number;
  readonly hostIds: readonly string[] | null;
  readonly users: readonly string[];
  readonly loginUsers: readonly string[];
  readonly shells: readonly string[];
  readonly sessionId: string | null;
  readonly kinds: readonly string[];
  readonly exit: 'ok' | 'failed' | 'running' | number | null;
  readonly hidden: string | null;
  readonly sources: readonly string[];
  /** Each must occur in the text, in any case. */
  readonly words: readonly string[];
  /** Each must stand in the text as a whole word, in any case: letters and digits only. */
  readonly exactWords: readonly string[];
  readonly token: string | null;
  readonly limit: number;
  /** False: the hashes of what is found are left empty, which is far faster. */
  readonly withHashes: boolean;
  /** Where the page before ended. */
  readonly before: (CommandId & { readonly at: number }) | null;
};

/** A query that asks for everything, newest first. */
export const ANY_COMMAND: CommandQuery = {
  from: 0,
  to: Number.MAX_SAFE_INTEGER,
  hostIds: null,
  users: [],
  loginUsers: [],
  shells: [],
  sessionId: null,
  kinds: [],
  exit: null,
  hidden: null,
  sources: [],
  words: [],
  exactWords: [],
  token: null,
  limit: 50,
  withHashes: false,
  before: null,
};

/** A start (or another record of its own) with its end. */
export type JoinedCommand = { readonly command: StoredCommand; readonly end: StoredCommand | null };

/** `lastAt`: Unix ms. */
export type HostNumbers = { readonly lastAt: number; readonly records: number };
export type HostUser = { readonly user: string; readonly lastAt: number; readonly commands: number };

export type CommandHits = {
  readonly commands: readonly JoinedCommand[];
  readonly hasMore: boolean;
  /** Unix ms; null: all of the range was looked through. */
  readonly searchedBackTo: number | null;
};

/** Records as the rows of an insert, one after the other: where each ends in `bytes`. */
export type CommandRows = { readonly bytes: Buffer; readonly ends: readonly number[] };

/** A month of commands that retention may remove. */
export type ExpiredMonth = {
  /** As `202511`. */
  readonly partition: string;
  /** Stretches of chains as they are really there. */
  readonly stretches: Removal['removed'];
  /** Records in no chain. */
  readonly unsigned: number;
};

/**
 * Where the records of the command audit are kept: append-only. Methods reject with AppError `unavailable` when the engine
 * cannot answer now.
 */
export type CommandStore = {
  /** Writes records durably. The caller has left out what is there already. */
  insert(commands: readonly StoredCommand[]): Promise<void>;
  /**
   * Writes a batch of a recorder down as rows, for `insertRows`, while it is read: bytes wait for their turn at a fraction of what the
   * records themselves would weigh.
   */
  readonly toRows: (commands: Iterable<Command>) => CommandRows;
  /** As `insert`, of rows with these indexes, all received at this time (Unix ms). */
  insertRows(rows: CommandRows, indexes: readonly number[], receivedAt: number): Promise<void>;
  /** Newest first. */
  search(query: CommandQuery): Promise<CommandHits>;
  byId(id: CommandId): Promise<StoredCommand | null>;
  /** Records of a session around a time, in their order. */
  session(
    sessionId: string,
    hostId: string,
    around: { readonly at: number; readonly limit: number } | null,
  ): Promise<readonly JoinedCommand[]>;
  /** Records of one chain in its order, sequences `first` to `last`. */
  chain(hostId: string, epoch: number, first: number, last: number): AsyncIterable<StoredCommand>;
  /** Identities and hashes of what was received since, Unix ms, in the order of the chains. */
  receivedSince(receivedAt: number): AsyncIterable<CommandId & { readonly hash: string; readonly previousHash: string }>;
  hashesOf(hostId: string, epoch: number, sequences: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Newest command and number of records of every host. */
  hosts(): Promise<ReadonlyMap<string, HostNumbers>>;
  /** Who ran commands on a host since, Unix ms; newest first. */
  usersOf(hostId: string, since: number): Promise<readonly HostUser[]>;
  /** Records of a host that say that something is missing, silent or not believed; newest first. */
  gapsOf(hostId: string, limit: number): Promise<readonly StoredCommand[]>;
  /** Months of which all records were received before the month of this time (Unix ms), oldest first. */
  expiredMonths(before: number): Promise<readonly string[]>;
  readMonth(partition: string): Promise<ExpiredMonth>;
  dropMonth(partition: string): Promise<void>;
};
