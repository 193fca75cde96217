import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '@watchpost/runtime/log/log';
import type { Piece } from '../spool-format/parse-records.ts';
import { createAside } from './aside.ts';
import { createFolder } from './folder.ts';
import { createPlaces, type PlaceLimits, PLACES, type Unbelieved } from './places.ts';
import { openSpoolFile, parseFileName, type Position, type SpoolFile, statOf } from './spool-file.ts';

/** What was found in a file, in the order of the file. */
export type Found =
  | { readonly file: SpoolFile; readonly piece: Piece }
  | { readonly file: SpoolFile; readonly trouble: 'truncated' | 'deleted' };

export const READER_LIMITS = {
  /** Pieces of one file that are taken before the next file has its turn. */
  turn: 500,
  /** Files that were moved away and are kept open. */
  moved: 1_000,
  /** The folder is looked at this often. */
  scanMs: 2_000,
  /**
   * A notice of the kernel may be missed, as its queue is bounded. So each file is looked at as well, once in so many scans: in
   * a minute where little happens, sooner after so many notices in one scan that some could have been missed, and each time
   * where the kernel gives none.
   */
  scanTurns: { calm: 30, busy: 5, blind: 1 },
  manyNotices: 1_000,
  /** Scans that a file may wait after there were many notices. */
  busyScans: 5,
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
  /** What must be done before `take`, should it take long; other files are read meanwhile. Null: nothing. */
  readonly prepare?: (found: readonly Found[]) => (() => Promise<void>) | null;
  readonly onOpen?: (file: SpoolFile) => void;
  /** Whether nobody writes to a file any more that was removed or moved away. Default: yes. */
  readonly isDone?: (file: SpoolFile) => boolean;
  /** Hears of each such name once. */
  readonly onUnbelieved?: (name: Unbelieved) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Ends when all that is there has been read. */
  readonly isOnce?: boolean;
  readonly places?: PlaceLimits;
}): Promise<void> {
  const { dir, log, signal } = options;
  const files = new Map<string, SpoolFile>();
  const dirty = new Set<string>();
  const places = createPlaces(options.places ?? PLACES);
  const moved = new Set<SpoolFile>();
  let wake = (): void => {};
  const mark = (name: string): void => {
    dirty.add(name);
    wake();
  };
  const aside = createAside(({ name }) => mark(name));
  let watcher: FSWatcher | null = null;
  let notices = 0;
  const startWatch = (): void => {
    if (watcher !== null || options.isOnce === true) return;
    try {
      watcher = watch(dir, { signal }, (_, name) => {
        notices += 1;
        if (name !== null && parseFileName(name) !== null) mark(name);
      });
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
  let busy = 0;
  const lookAtFiles = (): void => {
    busy = notices > READER_LIMITS.manyNotices ? READER_LIMITS.busyScans : busy - 1;
    notices = 0;
    const { calm, blind } = READER_LIMITS.scanTurns;
    const turns = watcher === null ? blind : busy > 0 ? READER_LIMITS.scanTurns.busy : calm;
    turn += 1;
    for (const [name, file] of files) {
      if (file.inode % turns === turn % turns && file.look() !== 'same') mark(name);
    }
  };
  let scanned = 0;
  let hasUnseen = false;
  const folder = createFolder(dir);
  const scan = (): void => {
    if (folder.isReplaced()) {
      watcher?.close();
      watcher = null;
    }
    startWatch();
    lookAtFiles();
    const names = folder.changedNames(hasUnseen || places.hasWaiting() || turn % READER_LIMITS.scanTurns.calm === 0);
    if (names === null) return;
    places.keep(new Set(names));
    const unknown = names.filter((name) => !files.has(name) && !places.isRefused(name) && parseFileName(name) !== null);
    const from = unknown.length > READER_LIMITS.scanNames ? scanned % unknown.length : 0;
    for (const name of [...unknown.slice(from), ...unknown.slice(0, from)].slice(0, READER_LIMITS.scanNames)) mark(name);
    scanned = from + READER_LIMITS.scanNames;
    hasUnseen = unknown.length > READER_LIMITS.scanNames;
  };
  const release = (file: SpoolFile): void => {
    moved.delete(file);
    places.leave(file);
    file.close();
  };
  const refuse = (...what: Parameters<typeof places.refuse>): null => {
    const told = places.refuse(...what);
    if (told !== null) options.onUnbelieved?.(told);
    return null;
  };
  const open = (name: string): SpoolFile | null => {
    const parsed = parseFileName(name);
    if (parsed === null || places.isRefused(name)) return null;
    const probe = openSpoolFile(dir, parsed, 0);
    if (probe === null) {
      const there = statOf(join(dir, name));
      return there === null || there.isFile() ? null : refuse(parsed, there.uid, 'link');
    }
    const why = places.whyNot(probe);
    if (why !== null) {
      probe.close();
      return refuse(parsed, probe.ownerUid, why);
    }
    const position = options.positionOf(probe.inode, name);
    const file = position === null || position.offset === 0 ? probe : reopen(probe, position);
    if (file === null) return null;
    files.set(name, file);
    places.take(file);
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
    if (moved.size <= READER_LIMITS.moved) return;
    const oldest = [...moved].find((each) => !aside.has(each));
    if (oldest !== undefined) release(oldest);
  };

  /** One turn of one file; true: there is more. */
  const pump = async (file: SpoolFile): Promise<boolean> => {
    if (aside.has(file)) return false;
    const pieces = file.read(READER_LIMITS.turn);
    const found: Found[] = pieces.map((piece) => ({ file, piece }));
    const hasAll = file.isDrained();
    // Looked at after the read: before, the size could be smaller than what is read.
    const state = hasAll && !moved.has(file) ? file.look() : 'same';
    if (state === 'truncated' || state === 'gone') found.push({ file, trouble: state === 'gone' ? 'deleted' : 'truncated' });
    const finish = async (): Promise<boolean> => {
      if (found.length > 0) await options.take(found);
      if (state === 'truncated') file.rewind();
      if (state === 'gone') setAside(file);
      return !hasAll || state !== 'same';
    };
    const prepare = options.prepare?.(found) ?? null;
    if (prepare === null) return finish();
    if (!aside.begin(file, () => prepare().then(finish))) file.unread();
    return false;
  };
  const pumpMoved = async (): Promise<void> => {
    for (const file of moved) {
      while (!signal.aborted && file.hasMore() && (await pump(file)));
      if (!aside.has(file) && (options.isDone?.(file) ?? true)) release(file);
    }
  };
  /** Waits for a notice, or for the next scan. */
  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => wake(), ms);
      wake = () => {
        clearTimeout(timer);
        wake = () => {};
        resolve();
      };
    });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop, { once: true });

  try {
    let scanAt = 0;
    let followed = -1;
    /** Many files are opened at a start: as long as they are what is followed, the next part is not waited for. */
    const hasPart = (): boolean => hasUnseen && dirty.size === 0 && files.size > followed;
    while (!signal.aborted) {
      aside.check();
      if (performance.now() >= scanAt || hasPart()) {
        followed = files.size;
        await pumpMoved();
        const startedAt = performance.now();
        scan();
        const now = performance.now();
        scanAt = now + Math.max(READER_LIMITS.scanMs, (now - startedAt) * READER_LIMITS.scanPause);
      }
      for (const name of dirty) {
        dirty.delete(name);
        const file = files.get(name) ?? open(name);
        if (file !== null && (await pump(file))) dirty.add(name);
        if (signal.aborted) return;
      }
      if (dirty.size === 0 && options.isOnce === true && !hasPart()) return;
      if (dirty.size === 0 && !hasPart() && !signal.aborted) await rest(Math.max(scanAt - performance.now(), 1));
      else await nextTurn();
    }
  } finally {
    signal.removeEventListener('abort', stop);
    (watcher as FSWatcher | null)?.close();
    await aside.settled();
    for (const file of [...files.values(), ...moved]) file.close();
  }
}
