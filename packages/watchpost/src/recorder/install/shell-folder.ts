import { chmodSync, chownSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DEFAULT_SHELL_SPOOL } from '@watchpost/recorder/hooks/hook-files';
import type { Below, Plan } from './step.ts';
import { look } from './write-file.ts';

/** Everybody may make files there, nobody may list them, or remove those of others. */
export const SHELL_FOLDER_MODE = 0o1733;
const PARENT_MODE = 0o755;

/** The folder that shells write to. */
export function planShellFolder(below: Below): Plan {
  const path = below(DEFAULT_SHELL_SPOOL);
  const owner = process.geteuid?.() ?? 0;
  const stat = look(path);
  // oxlint-disable-next-line no-bitwise -- without the kind of file
  if (stat?.isDirectory() === true && (stat.mode & 0o7777) === SHELL_FOLDER_MODE && stat.uid === owner) {
    return { steps: [], notes: [] };
  }
  if (stat !== null && !stat.isDirectory())
    return { steps: [], notes: [`${path} is no folder: it stays, and shells cannot write`] };
  const apply = () => {
    mkdirSync(path, { recursive: true, mode: PARENT_MODE });
    // A mask of the person who installs must not close it.
    chmodSync(dirname(path), PARENT_MODE);
    chownSync(path, owner, process.getegid?.() ?? 0);
    chmodSync(path, SHELL_FOLDER_MODE);
  };
  return { steps: [{ text: `make the folder ${path} (mode 1733, owned by uid ${owner})`, apply }], notes: [] };
}

export function planNoShellFolder(below: Below): Plan {
  const path = below(DEFAULT_SHELL_SPOOL);
  const stat = look(path);
  if (stat?.isDirectory() !== true) return { steps: [], notes: [] };
  const files = readdirSync(path).length;
  if (files > 0) {
    return { steps: [], notes: [`${path} stays: it holds ${files} files of shells; those that run on still write there`] };
  }
  const apply = () => {
    rmdirSync(path);
    if (readdirSync(dirname(path)).length === 0) rmdirSync(dirname(path));
  };
  return { steps: [{ text: `remove the empty folder ${path}`, apply }], notes: [] };
}
