import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { HookShell } from '@watchpost/recorder/hooks/hook-files';
import { HOOK_FOLDER } from './hook-folder.ts';
import { withBlock, withoutBlock } from './marked-block.ts';
import type { Below, Plan } from './step.ts';
import { look, readBytes, writeBytes } from './write-file.ts';

type StartFile = {
  readonly path: string;
  readonly shell: HookShell;
  /** Whole: a file of our own. First lines: a file of somebody else, made when it is not there. If there: never made. */
  readonly how: 'whole' | 'first-lines' | 'first-lines-if-there';
  /** The file counts only on systems where this is there. */
  readonly onlyWith?: string;
};

/**
 * Where shells read the hook. `/etc/bash.bashrc` is Debian's, `/etc/bashrc` that of others; zsh has its files in
 * `/etc/zsh` or in `/etc`. A login bash reads them by way of `/etc/profile` only when that one says so: for all cases there
 * is a file in `/etc/profile.d`. A hook that is read twice begins once. `zshenv` is for `ssh host command`.
 */
const START_FILES: readonly StartFile[] = [
  { path: '/etc/bash.bashrc', shell: 'bash', how: 'first-lines-if-there' },
  { path: '/etc/bashrc', shell: 'bash', how: 'first-lines-if-there' },
  { path: '/etc/profile.d/watchpost.sh', shell: 'bash', how: 'whole', onlyWith: '/etc/profile.d' },
  { path: '/etc/zsh/zshenv', shell: 'zsh', how: 'first-lines', onlyWith: '/etc/zsh' },
  { path: '/etc/zsh/zshrc', shell: 'zsh', how: 'first-lines', onlyWith: '/etc/zsh' },
  { path: '/etc/zshenv', shell: 'zsh', how: 'first-lines-if-there' },
  { path: '/etc/zshrc', shell: 'zsh', how: 'first-lines-if-there' },
  { path: '/etc/fish/conf.d/watchpost.fish', shell: 'fish', how: 'whole', onlyWith: '/etc/fish' },
];

/** A shell whose hook is gone, or that reads the file of another one, works on as if nothing were there. */
const LINES: Readonly<Record<HookShell, readonly string[]>> = {
  bash: [
    `if [ -n "\${BASH_VERSION-}" ] && [ -r ${HOOK_FOLDER}/watchpost.bash ]; then`,
    `  . ${HOOK_FOLDER}/watchpost.bash`,
    'fi',
  ],
  zsh: [`if [[ -r ${HOOK_FOLDER}/watchpost.zsh ]]; then`, `  source ${HOOK_FOLDER}/watchpost.zsh`, 'fi'],
  fish: [`if test -r ${HOOK_FOLDER}/watchpost.fish`, `    source ${HOOK_FOLDER}/watchpost.fish`, 'end'],
};
const SHELLS = Object.keys(LINES) as HookShell[];
const OWN_NOTE = '# Written by "watchpost recorder install", removed by "watchpost recorder uninstall".';

/** Makes every shell that starts from now on read its hook. */
export function planStartFiles(below: Below): Plan {
  const plans = filesHere(below).map((file): Plan & { readonly shell: HookShell } => {
    const path = below(file.path);
    const before = readBytes(path);
    const refused = refusal(path);
    if (refused !== null) return { shell: file.shell, steps: [], notes: [refused] };
    const after = file.how === 'whole' ? ownFile(file.shell) : withBlock(before, LINES[file.shell]);
    if (after === 'torn') return { shell: file.shell, steps: [], notes: [tornNote(path)] };
    if (after === before) return { shell: file.shell, steps: [], notes: [] };
    const what = file.how === 'whole' ? `write ${path}:` : `put these lines at the top of ${path}:`;
    const text = [what, ...LINES[file.shell].map((line) => `    ${line}`)].join('\n');
    return { shell: file.shell, steps: [{ text, apply: () => writeBytes(path, after) }], notes: [] };
  });
  const reached = new Set(filesHere(below).map(({ shell }) => shell));
  const absent = SHELLS.filter((shell) => !reached.has(shell)).map(
    (shell) => `${shell} has no start file on this system: when it is installed later, run this again`,
  );
  return { steps: plans.flatMap(({ steps }) => steps), notes: [...plans.flatMap(({ notes }) => notes), ...absent] };
}

/** Makes the start files what they were. */
export function planNoStartFiles(below: Below): Plan {
  const plans = START_FILES.map(({ path: name, shell, how }): Plan => {
    const path = below(name);
    const before = readBytes(path);
    if (before === null || refusal(path) !== null) return { steps: [], notes: [] };
    const after = how === 'whole' ? (before === ownFile(shell) ? null : before) : withoutBlock(before);
    if (after === 'torn') return { steps: [], notes: [tornNote(path)] };
    if (how === 'whole' && after !== null) return { steps: [], notes: [`${path} was changed by hand: it stays`] };
    if (after === before) return { steps: [], notes: [] };
    return after === null
      ? { steps: [{ text: `remove ${path}`, apply: () => unlinkSync(path) }], notes: [] }
      : { steps: [{ text: `take the lines of Watchpost out of ${path}`, apply: () => writeBytes(path, after) }], notes: [] };
  });
  return { steps: plans.flatMap(({ steps }) => steps), notes: plans.flatMap(({ notes }) => notes) };
}

function filesHere(below: Below): readonly StartFile[] {
  return START_FILES.filter(({ path, how, onlyWith }) => {
    if (onlyWith !== undefined) return look(below(onlyWith)) !== null;
    return how !== 'first-lines-if-there' || look(below(path)) !== null;
  });
}

function ownFile(shell: HookShell): string {
  return `${[OWN_NOTE, ...LINES[shell]].join('\n')}\n`;
}

function refusal(path: string): string | null {
  const stat = look(path);
  if (stat === null) return null;
  if (stat.isSymbolicLink())
    return `${path} is a symbolic link: it stays; source the hook from ${join(HOOK_FOLDER, '…')} by hand`;
  return stat.isFile() ? null : `${path} is no file: it stays`;
}

function tornNote(path: string): string {
  return `${path} has only one of the two marks of Watchpost: it stays; take the lines of Watchpost out by hand`;
}
