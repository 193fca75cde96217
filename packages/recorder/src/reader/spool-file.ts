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
  /** Truncated: shorter than what was read. Gone: no longer there under its name. */
  readonly look: () => 'same' | 'truncated' | 'gone';
  /** After a truncation: what was written since. */
  readonly rewind: () => void;
  readonly hasMore: () => boolean;
  /** Names that it has in the file system. */
  readonly links: () => number;
  readonly close: () => void;
};

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
  /** Begin of a record whose end has not been read yet. */
  let rest: Buffer | null = null;

  const readChunk = (): Buffer | null => {
    const got = readSync(fd, CHUNK, 0, CHUNK.length, offset + (rest?.length ?? 0));
    if (got === 0) return null;
    return rest === null ? CHUNK.subarray(0, got) : Buffer.concat([rest, CHUNK.subarray(0, got)]);
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
      while (pieces.length < most) {
        const buffer = readChunk();
        if (buffer === null) break;
        let at = 0;
        while (pieces.length < most) {
          const piece = parsePiece(buffer, at);
          if (piece === null) break;
          pieces.push(piece);
          at = piece.end;
        }
        offset += at;
        rest = at < buffer.length ? Buffer.from(buffer.subarray(at)) : null;
        // What is left was read, but not looked at: it is read again.
        if (pieces.length >= most) rest = null;
      }
      return pieces;
    },
    look() {
      // By its name: shells write by name, and a file that was moved away gets nothing more.
      const now = statOf(path);
      if (now === null || now.ino !== stat.ino || now.dev !== stat.dev) return 'gone';
      return now.size < offset ? 'truncated' : 'same';
    },
    rewind() {
      offset = 0;
      rest = null;
    },
    hasMore: () => fstatSync(fd).size > offset + (rest?.length ?? 0),
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
