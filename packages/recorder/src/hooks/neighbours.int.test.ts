import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInFish, type ShellName, startHookedShell } from '@watchpost/testkit/shells/hooked-shell';
import { type OtherVersion, otherVersion } from '@watchpost/testkit/shells/other-versions';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { describe, it } from 'vitest';
import { recordedCommands, recordedLines } from '../dump/recorded.ts';
import { hookPath } from './hook-files.ts';

// The real starship and the real bash-preexec, with the shells of this machine; in bash also with the newest.

const LINES: readonly { readonly line: string; readonly exit: number; readonly only?: readonly ShellName[] }[] = [
  { line: 'true', exit: 0 },
  { line: 'false', exit: 1 },
  { line: `echo "a  b" 'c' | cat`, exit: 0 },
  { line: 'sh -c "exit 7"', exit: 7 },
  { line: 'f() { return 3; }; f', exit: 3, only: ['bash', 'zsh'] },
  { line: 'for i in 1 2; do\ntrue\ndone', exit: 0, only: ['bash', 'zsh'] },
  { line: '(exit 4)', exit: 4, only: ['bash', 'zsh'] },
  { line: 'sleep 0.1', exit: 0 },
];
const SLEPT_US = 100_000;
/** fish counts in hundredths. */
const STEP_US = 20_000;

/** starship with a prompt that ends in what the tests wait for, and tells what it thinks of the last command. */
const STARSHIP = `add_newline = false
format = 'ship:$status:pr0mpt> '
[status]
disabled = false
format = '$int'
success_symbol = ''
`;
const shipTells = (exit: number): RegExp => new RegExp(`ship:${exit === 0 ? '' : exit}:pr0mpt> $`);
const shipSet = (init: string): string => `export STARSHIP_CONFIG="$HOME/starship.toml" TERM=xterm\n${init}`;

type Neighbour = {
  readonly needs: OtherVersion;
  readonly shell: ShellName;
  readonly program?: OtherVersion;
  /** Lines of the start file. */
  readonly code: (path: string) => string;
  /** Lines behind all others: the start file of the tests sets a prompt too. */
  readonly last?: string;
  /** What it shows between a command and the next prompt. */
  readonly tells: (exit: number, line: string) => RegExp;
};

const BASH_PREEXEC = {
  needs: 'bash-preexec',
  shell: 'bash',
  code: (path: string) => `. ${path}\npreexec() { echo "preexec:$1"; }\nprecmd() { echo "precmd:$?"; }`,
  // A subshell has no DEBUG trap, so bash-preexec does not see it.
  tells: (exit: number, line: string) =>
    line.startsWith('(') ? new RegExp(`precmd:${exit}\\r\\n`) : new RegExp(`preexec:${line.slice(0, 3)}[^]*precmd:${exit}\\r\\n`),
} as const satisfies Neighbour;

const STARSHIP_IN_BASH = {
  needs: 'starship',
  shell: 'bash',
  code: (path: string) => shipSet(`eval "$(${path} init bash)"`),
  tells: shipTells,
} as const satisfies Neighbour;

const NEIGHBOURS: readonly Neighbour[] = [
  BASH_PREEXEC,
  { ...BASH_PREEXEC, program: 'bash 5.3' },
  STARSHIP_IN_BASH,
  { ...STARSHIP_IN_BASH, program: 'bash 5.3' },
  {
    needs: 'starship',
    shell: 'zsh',
    code: (path) => shipSet(`eval "$(${path} init zsh)"\nship=$PROMPT`),
    last: 'PROMPT=$ship',
    tells: shipTells,
  },
  {
    needs: 'starship',
    shell: 'fish',
    code: (path) => shipSet(`${path} init fish | source\nfunctions -e ship; functions -c fish_prompt ship`),
    last: 'functions -e fish_prompt; functions -c ship fish_prompt',
    tells: () => /ship:7:pr0mpt> /,
  },
];

const CASES = NEIGHBOURS.flatMap((neighbour) =>
  (['before', 'after'] as const).map((where) => ({ ...neighbour, where, in: neighbour.program ?? neighbour.shell })),
);

describe.concurrent.each(CASES)('$needs in $in, set $where the hook', (neighbour) => {
  it('each command is recorded once, and the neighbour goes on', async ({ expect, skip }) => {
    const { needs, shell, program, code, last = '', tells, where } = neighbour;
    const own = await otherVersion(needs);
    const other = program === undefined ? { path: shell } : await otherVersion(program);
    for (const each of [own, other]) {
      if (!('missing' in each)) continue;
      console.error(`skipped: ${each.missing}`);
      skip(each.missing);
    }
    if ('missing' in own || 'missing' in other) return;
    await using dir = await createTempDir('neighbours');
    const spool = join(dir.path, 'spool');
    await mkdir(spool);
    await mkdir(join(dir.path, `home-${shell}`));
    await writeFile(join(dir.path, `home-${shell}/starship.toml`), STARSHIP);
    const lines = LINES.filter(({ only }) => only === undefined || only.includes(shell));
    const around = where === 'before' ? { before: code(own.path), after: last } : { after: `${code(own.path)}\n${last}` };
    await using running = await startHookedShell({
      shell,
      hook: hookPath(shell),
      dir: dir.path,
      spool,
      program: other.path,
      ...around,
    });
    const ended = async () => (await recordedLines(spool)).filter(({ kind }) => kind === 'end').length;
    for (const { line, exit } of lines) {
      if (shell === 'fish') await runInFish(running, line, ended);
      else expect(await running.run(line)).toMatch(tells(exit, line));
    }
    await running.waitFor(tells(lines.at(-1)?.exit ?? 0, lines.at(-1)?.line ?? ''));
    expect(await recordedCommands(spool)).toEqual(lines.map(({ line, exit }) => ({ text: line, exit, hidden: null })));
    const records = await recordedLines(spool);
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
    const [began, slept] = records.slice(-2).map(({ at }) => at ?? 0);
    expect((slept ?? 0) - (began ?? 0)).toBeGreaterThanOrEqual(SLEPT_US - STEP_US);
    expect(running.output()).not.toMatch(/_wp_|watchpost\./);
  });
});
