import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { delay } from '@watchpost/runtime/clock/delay';
import type { Log } from '@watchpost/runtime/log/log';
import type { Piece } from '../spool-format/parse-records.ts';
import { openSpoolFile, parseFileName, type Position, type SpoolFile } from './spool-file.ts';

/** What was found in a file, in the order of the file. */
export type Found =
  | { readonly file: SpoolFile; readonly piece: Piece }
  | { readonly file: SpoolFile; readonly trouble: 'truncated' | 'deleted' };

export const READER_LIMITS = {
  /** Pieces of one file that are taken before the next file has its turn. */
  turn: 500,
  /** Files followed at the same time. */
  files: 20_000,
  /** A notice of the kernel may be missed (its queue is bounded): everything is looked at this often. */
  scanMs: 2_000,
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
  const scan = (): void => {
    startWatch();
    for (const [name, file] of files) if (file.look() !== 'same' || file.hasMore()) mark(name);
    let names: readonly string[] = [];
    try {
      names = readdirSync(dir);
    } catch {
      return;
    }
    for (const name of names) if (!files.has(name) && parseFileName(name) !== null) mark(name);
  };
  const open = (name: string): SpoolFile | null => {
    const parsed = parseFileName(name);
    if (parsed === null || files.size >= READER_LIMITS.files) return null;
    const probe = openSpoolFile(dir, parsed, 0);
    if (probe === null) return null;
    const position = options.positionOf(probe.inode, name);
    const file = position === null || position.offset === 0 ? probe : reopen(probe, position);
    if (file === null) return null;
    files.set(name, file);
    options.onOpen?.(file);
    return file;
  };
  const reopen = (probe: SpoolFile, position: Position): SpoolFile | null => {
    probe.close();
    return openSpoolFile(dir, probe, position.offset);
  };
  const forget = (file: SpoolFile): void => {
    files.delete(file.name);
    file.close();
    options.onClose?.(file);
  };

  /** One turn of one file; true: there is more. */
  const pump = async (name: string): Promise<boolean> => {
    const file = files.get(name) ?? open(name);
    if (file === null) return false;
    const pieces = file.read(READER_LIMITS.turn);
    const found: Found[] = pieces.map((piece) => ({ file, piece }));
    // Looked at after the read: before, the size could be smaller than what is read.
    const state = pieces.length < READER_LIMITS.turn ? file.look() : 'same';
    if (state !== 'same') found.push({ file, trouble: state === 'gone' ? 'deleted' : 'truncated' });
    if (found.length > 0) await options.take(found);
    if (state === 'truncated') file.rewind();
    if (state === 'gone') {
      forget(file);
      return true;
    }
    return pieces.length >= READER_LIMITS.turn || state === 'truncated';
  };

  try {
    let scannedAt = -Infinity;
    while (!signal.aborted) {
      if (performance.now() - scannedAt >= READER_LIMITS.scanMs) {
        scan();
        scannedAt = performance.now();
      }
      for (const name of dirty) {
        dirty.delete(name);
        if (await pump(name)) dirty.add(name);
        if (signal.aborted) return;
      }
      if (dirty.size === 0 && options.isOnce === true) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      if (dirty.size === 0) await Promise.race([promise, delay(READER_LIMITS.scanMs, signal)]);
      else await nextTurn();
    }
  } finally {
    (watcher as FSWatcher | null)?.close();
    for (const file of files.values()) file.close();
  }
}
