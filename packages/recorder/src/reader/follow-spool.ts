import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { delay } from '@watchpost/runtime/clock/delay';
import type { Log } from '@watchpost/runtime/log/log';
import type { Piece } from '../spool-format/parse-records.ts';
import { join } from 'node:path';
import { openSpoolFile, parseFileName, type Position, type SpoolFile, type SpoolFileName, statOf } from './spool-file.ts';

/** What was found in a file, in the order of the file. */
export type Found =
  | { readonly file: SpoolFile; readonly piece: Piece }
  | { readonly file: SpoolFile; readonly trouble: 'truncated' | 'deleted' };

/** A name in the folder that is not followed, although it is that of a spool file. */
export type Unbelieved = SpoolFileName & {
  readonly ownerUid: number;
  /** link: no regular file. known: the file of another shell under a second name. many: its owner has too many files. */
  readonly why: 'link' | 'known' | 'many';
};

export const READER_LIMITS = {
  /** Pieces of one file that are taken before the next file has its turn. */
  turn: 500,
  /** Files followed at the same time, in all and of one user. */
  files: 20_000,
  filesOfUser: 5_000,
  /** Files that were moved away and are kept open. */
  moved: 1_000,
  /** Names of one user that are told of as not followed; the last of them stands for all that are more, until he removes some. */
  unbelieved: 1_000,
  /** A notice of the kernel may be missed (its queue is bounded): the folder is looked at this often, each file in its turn. */
  scanMs: 2_000,
  scanTurns: 5,
  /** Names that one scan opens for the first time. A user may put any number there, of which none is followed. */
  scanNames: 1_000,
  /** A folder that takes long to read is read more seldom: so many times the time that it takes. */
  scanPause: 20,
} as const;

/**
 * Follows all spool files of a folder. `take` gets what was found and is waited for: while it works, nothing more is
 * read. `end` says when a file is done with. Resolves when the signal ends it.
 */
export async function followSpool(options: {
  readonly dir: string;
  readonly positionOf: (inode: number, name: string) => Position | null;
  readonly take: (found: readonly Found[]) => Promise<void>;
  readonly onOpen?: (file: SpoolFile) => void;
  readonly onClose?: (file: SpoolFile) => void;
  /** Whether nobody writes to a file any more that was removed or moved away. Default: yes. */
  readonly isDone?: (file: SpoolFile) => boolean;
  /** Hears of each such name once. */
  readonly onUnbelieved?: (name: Unbelieved) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Ends when all that is there has been read. */
  readonly isOnce?: boolean;
}): Promise<void> {
  const { dir, log, signal } = options;
  const files = new Map<string, SpoolFile>();
  const dirty = new Set<string>();
  let wake = (): void => {};
  const mark = (name: string): void => {
    dirty.add(name);
    wake();
  };
  let watcher: FSWatcher | null = null;
  const startWatch = (): void => {
    if (watcher !== null || options.isOnce === true) return;
    try {
      watcher = watch(dir, { signal }, (_, name) => name !== null && parseFileName(name) !== null && mark(name));
      watcher.on('error', (error) => {
        if (!signal.aborted) log.warn({ err: error }, 'the spool folder of the shells cannot be watched');
        watcher?.close();
        watcher = null;
      });
    } catch {
      // The folder is not there yet; the next scan tries again.
    }
  };
  let turn = 0;
  let scanned = 0;
  let hasUnseen = false;
  const scan = (): void => {
    startWatch();
    turn = (turn + 1) % READER_LIMITS.scanTurns;
    for (const [name, file] of files) {
      if (file.inode % READER_LIMITS.scanTurns === turn && (file.look() !== 'same' || file.hasMore())) mark(name);
    }
    let names: readonly string[] = [];
    try {
      names = readdirSync(dir);
    } catch {
      return;
    }
    const unknown = names.filter((name) => !files.has(name) && !unbelieved.has(name) && parseFileName(name) !== null);
    const from = unknown.length > READER_LIMITS.scanNames ? scanned % unknown.length : 0;
    for (const name of [...unknown.slice(from), ...unknown.slice(0, from)].slice(0, READER_LIMITS.scanNames)) mark(name);
    scanned = from + READER_LIMITS.scanNames;
    hasUnseen = unknown.length > READER_LIMITS.scanNames;
    const there = new Set(names);
    for (const [name, ownerUid] of unbelieved) {
      if (there.has(name)) continue;
      unbelieved.delete(name);
      unbelievedOf.set(ownerUid, (unbelievedOf.get(ownerUid) ?? 1) - 1);
    }
  };
  /** Name by inode: a file has one shell, whatever other names it gets. */
  const inodes = new Map<number, string>();
  const filesOf = new Map<number, number>();
  /** Owner by name. */
  const unbelieved = new Map<string, number>();
  const unbelievedOf = new Map<number, number>();
  const moved = new Set<SpoolFile>();
  const release = (file: SpoolFile): void => {
    moved.delete(file);
    inodes.delete(file.inode);
    filesOf.set(file.ownerUid, (filesOf.get(file.ownerUid) ?? 1) - 1);
    file.close();
    options.onClose?.(file);
  };
  const refuse = (parsed: SpoolFileName, ownerUid: number, why: Unbelieved['why']): null => {
    const ofUser = unbelievedOf.get(ownerUid) ?? 0;
    if (ofUser >= READER_LIMITS.unbelieved) return null;
    unbelievedOf.set(ownerUid, ofUser + 1);
    unbelieved.set(parsed.name, ownerUid);
    options.onUnbelieved?.({ ...parsed, ownerUid, why: ofUser + 1 === READER_LIMITS.unbelieved ? 'many' : why });
    return null;
  };
  const open = (name: string): SpoolFile | null => {
    const parsed = parseFileName(name);
    if (parsed === null || unbelieved.has(name) || files.size >= READER_LIMITS.files) return null;
    const probe = openSpoolFile(dir, parsed, 0);
    if (probe === null) {
      const there = statOf(join(dir, name));
      return there === null || there.isFile() ? null : refuse(parsed, there.uid, 'link');
    }
    const { ownerUid } = probe;
    const known = inodes.get(probe.inode);
    const ofUser = filesOf.get(ownerUid) ?? 0;
    if ((known !== undefined && known !== name) || ofUser >= READER_LIMITS.filesOfUser) {
      probe.close();
      return refuse(parsed, ownerUid, ofUser >= READER_LIMITS.filesOfUser ? 'many' : 'known');
    }
    const position = options.positionOf(probe.inode, name);
    const file = position === null || position.offset === 0 ? probe : reopen(probe, position);
    if (file === null) return null;
    files.set(name, file);
    inodes.set(file.inode, name);
    filesOf.set(ownerUid, ofUser + 1);
    options.onOpen?.(file);
    return file;
  };
  const reopen = (probe: SpoolFile, position: Position): SpoolFile | null => {
    probe.close();
    return openSpoolFile(dir, probe, position.offset);
  };
  /** A shell may hold its file open and write on after it was removed: it is read on as long as the shell lives. */
  const setAside = (file: SpoolFile): void => {
    files.delete(file.name);
    moved.add(file);
    const [oldest] = moved;
    if (moved.size > READER_LIMITS.moved && oldest !== undefined) release(oldest);
  };

  /** One turn of one file; true: there is more. */
  const pump = async (file: SpoolFile): Promise<boolean> => {
    const pieces = file.read(READER_LIMITS.turn);
    const found: Found[] = pieces.map((piece) => ({ file, piece }));
    const hasAll = file.isDrained();
    // Looked at after the read: before, the size could be smaller than what is read.
    const state = hasAll && !moved.has(file) ? file.look() : 'same';
    if (state !== 'same') found.push({ file, trouble: state === 'gone' ? 'deleted' : 'truncated' });
    if (found.length > 0) await options.take(found);
    if (state === 'truncated') file.rewind();
    if (state === 'gone') setAside(file);
    return !hasAll || state !== 'same';
  };
  const pumpMoved = async (): Promise<void> => {
    for (const file of moved) {
      while (file.hasMore() && (await pump(file)) && !signal.aborted);
      if (options.isDone?.(file) ?? true) release(file);
    }
  };

  try {
    let scanAt = 0;
    let followed = -1;
    /** Many files are opened at a start: as long as they are what is followed, the next part is not waited for. */
    const hasPart = (): boolean => hasUnseen && dirty.size === 0 && files.size > followed;
    while (!signal.aborted) {
      if (performance.now() >= scanAt || hasPart()) {
        followed = files.size;
        const startedAt = performance.now();
        scan();
        const now = performance.now();
        scanAt = now + Math.max(READER_LIMITS.scanMs, (now - startedAt) * READER_LIMITS.scanPause);
        await pumpMoved();
      }
      for (const name of dirty) {
        dirty.delete(name);
        const file = files.get(name) ?? open(name);
        if (file !== null && (await pump(file))) dirty.add(name);
        if (signal.aborted) return;
      }
      if (dirty.size === 0 && options.isOnce === true && !hasPart()) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      if (dirty.size === 0 && !hasPart()) await Promise.race([promise, delay(READER_LIMITS.scanMs, signal)]);
      else await nextTurn();
    }
  } finally {
    (watcher as FSWatcher | null)?.close();
    for (const file of [...files.values(), ...moved]) file.close();
  }
}
