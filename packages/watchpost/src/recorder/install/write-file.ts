import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, renameSync, type Stats, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The bytes of a file, one character each; null: it is not there. */
export function readBytes(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  }
}

/** Null: nothing is there. Links are not followed. */
export function look(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

/**
 * Puts bytes (one character each) in place of a file: whoever opens it meanwhile sees the old ones or the new ones. Owner and
 * mode stay what they were; a new file is readable by all.
 */
export function writeBytes(path: string, bytes: string): void {
  const before = look(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const temporary = `${path}.watchpost-new`;
  writeFileSync(temporary, Buffer.from(bytes, 'latin1'), { mode: 0o600 });
  if (before !== null) chownSync(temporary, before.uid, before.gid);
  // oxlint-disable-next-line no-bitwise -- without the kind of file
  chmodSync(temporary, before === null ? 0o644 : before.mode & 0o7777);
  renameSync(temporary, path);
}
