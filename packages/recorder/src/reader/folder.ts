import { readdirSync, type Stats, statSync } from 'node:fs';

/** After a change of so long ago another one in the same step of the clock is not possible, ms. */
const SETTLED_MS = 1_000;

/** A folder of which the names are read only when they may have changed. */
export type Folder = {
  /** Another folder has its path since the last call: a watch is on the one before. */
  readonly isReplaced: () => boolean;
  /** Null: the same as before, or the folder is not there. With `isDemanded` they are read in any case. */
  readonly changedNames: (isDemanded: boolean) => readonly string[] | null;
};

export function createFolder(dir: string): Folder {
  let inode: number | null = null;
  let known = 0;
  return {
    isReplaced() {
      const before = inode;
      inode = statOfFolder(dir)?.ino ?? null;
      if (before === inode) return false;
      known = 0;
      return before !== null;
    },
    changedNames(isDemanded) {
      const changedMs = statOfFolder(dir)?.mtimeMs ?? 0;
      if (changedMs === known && !isDemanded) return null;
      known = Math.abs(Date.now() - changedMs) > SETTLED_MS ? changedMs : 0;
      try {
        return readdirSync(dir);
      } catch {
        known = 0;
        return null;
      }
    },
  };
}

function statOfFolder(dir: string): Stats | null {
  try {
    return statSync(dir);
  } catch {
    return null;
  }
}
