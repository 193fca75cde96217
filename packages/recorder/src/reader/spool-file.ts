import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { parsePiece, type Piece } from '../spool-format/parse-records.ts';
import type { ShellRecord } from '../spool-format/shell-record.ts';

/** What a file's name says: `<b|z|f|c>.<uid>.<pid>.<start ticks>.<random>`. */
export type SpoolFileName = {
  readonly name: string;
  readonly shell: 'bash' | 'zsh' | 'fish' | 'command';
  readonly uid: number;
  readonly pid: number;
  readonly startTicks: string;
  readonly random: string;
};

const SHELLS = { b: 'bash', z: 'zsh', f: 'fish', c: 'command' } as const;

/** Null: not the name of a spool file (or a scratch file of a bash). */
export function parseFileName(name: string): SpoolFileName | null {
  const [, letter, uid, pid, startTicks, random] = /^([bzfc])\.(\d{1,10})\.(\d{1,10})\.(\d{1,20})\.(\d{1,20})$/.exec(name) ?? [];
  if (letter === undefined || startTicks === undefined || random === undefined) return null;
  return { name, shell: SHELLS[letter as keyof typeof SHELLS], uid: Number(uid), pid: Number(pid), startTicks, random };
}

/** How far a file was read. */
export type Position = { readonly offset: number; readonly sequence: number };

export type SpoolFile = SpoolFileName & {
  readonly inode: number;
  readonly ownerUid: number;
  readonly offset: () => number;
  /** The record that the file begins with; null: there is none. */
  readonly first: () => ShellRecord | null;
  /** Reads on. At most `most` pieces; fewer: all that is there was read. Times, offsets and sequences of pieces are the file's. */
  readonly read: (most: number) => readonly Piece[];
  /** The last read came to the end of what is there. */
  readonly isDrained: () => boolean;
  /** What was read last comes again with the next read. */
  readonly unread: () => void;
  /** What was read has not been taken yet: there is more, whatever the file says. */
  readonly hold: (isHeld: boolean) => void;
  /** Truncated: shorter than what was read. Gone: no longer there under its name. */
  readonly look: () => 'same' | 'more' | 'truncated' | 'gone';
  /** After a truncation: what was written since. */
  readonly rewind: () => void;
  readonly hasMore: () => boolean;
  /** Bytes at the end that were read and are no whole record yet. */
  readonly waiting: () => number;
  /** Names that it has in the file system. */
  readonly links: () => number;
  readonly close: () => void;
};

/** Bytes of one file that are taken before the next file has its turn, one record more at most: they are in memory. */
const TURN_BYTES = 4 * 1024 * 1024;
const CHUNK = Buffer.allocUnsafe(256 * 1024);
/** More than the first record of a shell takes. */
const FIRST_BYTES = 32 * 1024;

/** Opens a spool file for reading, not following links; null: it is gone, or no regular file. */
export function openSpoolFile(dir: string, parsed: SpoolFileName, position: number): SpoolFile | null {
  const path = join(dir, parsed.name);
  let fd: number;
  try {
    // oxlint-disable-next-line no-bitwise -- flags of open(2)
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    return null;
  }
  let offset = Math.min(position, stat.size);
  /** Bytes after that which are no whole record yet. They are not kept: a user has many files. */
  let waiting = 0;
  let isDrained = true;
  let isHeld = false;
  let lastRead = offset;

  const readChunk = (before: Buffer | null): Buffer | null => {
    // What a long record takes is read in steps that grow, so that it is copied and looked through a few times only.
    const chunk = before === null || before.length < CHUNK.length ? CHUNK : Buffer.allocUnsafe(before.length);
    const got = readSync(fd, chunk, 0, chunk.length, offset + (before?.length ?? 0));
    if (got === 0) return null;
    const read = chunk.subarray(0, got);
    return before === null ? read : Buffer.concat([before, read]);
  };

  return {
    ...parsed,
    inode: stat.ino,
    ownerUid: stat.uid,
    offset: () => offset,
    first() {
      const buffer = Buffer.alloc(FIRST_BYTES);
      const piece = parsePiece(buffer.subarray(0, readSync(fd, buffer, 0, FIRST_BYTES, 0)), 0);
      return piece !== null && 'record' in piece ? piece.record : null;
    },
    read(most) {
      const pieces: Piece[] = [];
      const from = offset;
      lastRead = offset;
      let rest: Buffer | null = null;
      for (;;) {
        isDrained = false;
        if (pieces.length >= most || offset - from >= TURN_BYTES) break;
        const buffer = readChunk(rest);
        if (buffer === null) {
          isDrained = true;
          break;
        }
        let at = 0;
        while (pieces.length < most && at < TURN_BYTES) {
          const piece = parsePiece(buffer, at);
          if (piece === null) break;
          pieces.push(piece);
          at = piece.end;
        }
        offset += at;
        rest = at < buffer.length ? Buffer.from(buffer.subarray(at)) : null;
      }
      waiting = isDrained ? (rest?.length ?? 0) : 0;
      return pieces;
    },
    isDrained: () => isDrained,
    look() {
      // By its name: shells write by name, and a file that was moved away gets nothing more.
      const now = statOf(path);
      if (now === null || now.ino !== stat.ino || now.dev !== stat.dev) return 'gone';
      if (now.size < offset) return 'truncated';
      return now.size > offset + waiting ? 'more' : 'same';
    },
    rewind() {
      offset = 0;
      waiting = 0;
    },
    unread() {
      offset = lastRead;
      waiting = 0;
    },
    hold(held) {
      isHeld = held;
    },
    waiting: () => waiting,
    hasMore: () => isHeld || fstatSync(fd).size > offset + waiting,
    links: () => fstatSync(fd).nlink,
    close: () => closeSync(fd),
  };
}

/** What is there under a name, links not followed; null: nothing. */
export function statOf(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
