import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HOOK_SHELLS, hookPath } from '@watchpost/recorder/hooks/hook-files';
import type { Below, Plan } from './step.ts';
import { look, readBytes, writeBytes } from './write-file.ts';

/** Apart from the package: a shell that starts while the package is being replaced still finds its hook. */
export const HOOK_FOLDER = '/usr/local/lib/watchpost/hooks';

/** The hooks, copied. */
export function planHookFiles(below: Below): Plan {
  const stale = HOOK_SHELLS.map((shell) => ({ from: hookPath(shell), to: join(below(HOOK_FOLDER), basename(hookPath(shell))) }))
    .map((pair) => ({ ...pair, bytes: readBytes(pair.from) ?? '' }))
    .filter(({ to, bytes }) => readBytes(to) !== bytes);
  if (stale.length === 0) return { steps: [], notes: [] };
  const names = stale.map(({ to }) => basename(to)).join(', ');
  const apply = () => {
    for (const { to, bytes } of stale) writeBytes(to, bytes);
  };
  return { steps: [{ text: `copy ${names} to ${below(HOOK_FOLDER)}`, apply }], notes: [] };
}

export function planNoHookFiles(below: Below): Plan {
  const folder = below(HOOK_FOLDER);
  const files = HOOK_SHELLS.map((shell) => join(folder, basename(hookPath(shell)))).filter((path) => look(path) !== null);
  if (files.length === 0) return { steps: [], notes: [] };
  const apply = () => {
    for (const file of files) unlinkSync(file);
    for (const each of [folder, dirname(folder)]) if (readdirSync(each).length === 0) rmdirSync(each);
  };
  return { steps: [{ text: `remove the hooks from ${folder}`, apply }], notes: [] };
}
