import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInFish, type ShellName, startHookedShell } from '@watchpost/testkit/shells/hooked-shell';
import { type OtherVersion, otherVersion, zshModules } from '@watchpost/testkit/shells/other-versions';
import type { PtyShell } from '@watchpost/testkit/shells/pty-shell';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { beforeAll, describe, it } from 'vitest';
import { recordedCommands, recordedLines } from '../dump/recorded.ts';
import { hookPath } from './hook-files.ts';
import { typedLines } from './testing/typed-lines.ts';

// The full lists run with the shells of this machine, in the neighbours of this file; here is what versions could differ in.

type Typed = {
  readonly line: string;
  /** Null: the shells differ. Undefined: there is no END. */
  readonly exit: number | null | undefined;
  readonly hidden?: string;
};

/** What each shell would hide, and what its user has of his own. */
const SHELLS: Readonly<
  Record<ShellName, { readonly before: string; readonly typed: readonly Typed[]; readonly shows: readonly RegExp[] }>
> = {
  bash: {
    before: `PS0='<ps0>' PROMPT_COMMAND=('echo "own:$?"' 'echo two')
trap '[[ $BASH_COMMAND == echo?seen ]] && echo "debug:$BASH_COMMAND"' DEBUG`,
    typed: [
      { line: 'HISTCONTROL=ignoreboth', exit: 0 },
      { line: '  echo  "spaced  out"', exit: 0, hidden: 'leading-space' },
      { line: 'sh -c "exit 5"', exit: 5 },
      { line: 'sh -c "exit 5"', exit: 5, hidden: 'ignore-dups' },
      { line: 'HISTIGNORE="ls*:false *"', exit: 0 },
      { line: 'false secret', exit: 1, hidden: 'histignore' },
      { line: 'HISTCONTROL= HISTIGNORE= HISTSIZE=0', exit: 0 },
      { line: 'true nothing kept', exit: 0, hidden: 'histsize-zero' },
      { line: 'HISTSIZE=100', exit: 0, hidden: 'histsize-zero' },
      { line: 'echo seen', exit: 0 },
      { line: 'PROMPT_COMMAND="echo replaced"', exit: 0 },
      { line: 'trap - DEBUG', exit: 0 },
      { line: 'set +o history', exit: 0 },
      { line: 'false; true', exit: 0, hidden: 'history-off' },
    ],
    shows: [/<ps0>/, /own:5[^]*two/, /debug:echo seen/, /replaced/],
  },
  zsh: {
    before: `autoload -Uz add-zsh-hook
_own_precmd() { print "own:$?" }
_own_preexec() { print "preexec:\${1[1,4]}" }
add-zsh-hook precmd _own_precmd
add-zsh-hook preexec _own_preexec`,
    typed: [
      { line: 'setopt histignorespace histignoredups histnostore', exit: 0 },
      { line: ' echo spaced', exit: 0, hidden: 'leading-space' },
      { line: 'sh -c "exit 5"', exit: 5 },
      { line: 'sh -c "exit 5"', exit: 5, hidden: 'ignore-dups' },
      { line: 'fc -l', exit: 0, hidden: 'no-store' },
      { line: 'precmd_functions=()', exit: undefined },
      { line: 'false after', exit: 1 },
      { line: 'HISTSIZE=0', exit: 0 },
      { line: 'true nothing kept', exit: 0, hidden: 'histsize-zero' },
    ],
    shows: [/own:5/, /preexec:sh -/],
  },
  fish: {
    before: `function own_preexec --on-event fish_preexec; echo "preexec:$argv[1]"; end`,
    typed: [
      { line: ' echo spaced', exit: 0, hidden: 'leading-space' },
      { line: 'sh -c "exit 5"', exit: 5 },
    ],
    shows: [/preexec:sh -c/],
  },
};

const VERSIONS: readonly (readonly [ShellName, OtherVersion])[] = [
  ['bash', 'bash 5.1'],
  ['bash', 'bash 5.3'],
  ['zsh', 'zsh 5.8'],
  ['zsh', 'zsh 5.9.2'],
  ['fish', 'fish 3.1'],
  ['fish', 'fish 4.0'],
  ['fish', 'fish 4.9'],
];

describe.concurrent.each(VERSIONS)('%s: %s', (name, version) => {
  let found: Awaited<ReturnType<typeof otherVersion>>;
  beforeAll(async () => {
    found = await otherVersion(version);
    if ('missing' in found) console.error(`skipped: ${found.missing}`);
  });

  async function start(dir: TempDir, spool: string, before: string, flags = ''): Promise<PtyShell> {
    if ('missing' in found) throw new Error(found.missing);
    const modules = name === 'zsh' ? zshModules(found.path) : '';
    const options = { shell: name, hook: hookPath(name), dir: dir.path, spool, program: found.path, flags };
    return startHookedShell({ ...options, before: `${modules}\n${before}` });
  }

  it('records what is typed and what is hidden, byte for byte, beside what the user has of his own', async ({ expect, skip }) => {
    if ('missing' in found) skip(found.missing);
    await using dir = await createTempDir('versions');
    const spool = join(dir.path, 'spool');
    await mkdir(spool);
    const { before, typed, shows } = SHELLS[name];
    // fish 3.1 takes this one for an error, and leaves it in the editor.
    const common = typedLines(name).filter(({ line }) => version !== 'fish 3.1' || !line.includes('<script>'));
    const lines: readonly Typed[] = [...common, ...typed];
    await using running = await start(dir, spool, before);
    const ended = async () => (await recordedLines(spool)).filter(({ kind }) => kind === 'end').length;
    for (const { line } of lines) {
      if (name === 'fish') await runInFish(running, line, ended);
      else {
        await running.run('');
        await running.run(line);
      }
    }
    const recorded = await recordedCommands(spool);
    expect(recorded.map(({ text, exit, hidden }, index) => [text, lines[index]?.exit === null ? null : exit, hidden])).toEqual(
      lines.map(({ line, exit, hidden }) => [line === 'false; true' ? 'false' : line, exit, hidden ?? null]),
    );
    for (const shown of shows) expect(running.output()).toMatch(shown);
    expect(running.output()).not.toMatch(/_wp_|watchpost\./);
    const all = await recordedLines(spool);
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, index) => index + 1));
    expect(all[0]?.header).toMatchObject({ name, version: expect.stringContaining(version.slice(name.length + 1)) });
  });

  it('a command that replaces its shell has its START; without a spool the shell works on', async ({ expect, skip }) => {
    if ('missing' in found) skip(found.missing);
    const enter = name === 'fish' ? '\r' : '\n';
    await using dir = await createTempDir('versions');
    const spool = join(dir.path, 'spool');
    await mkdir(spool);
    await using running = await start(dir, spool, '', name === 'fish' ? '--private' : '');
    await running.waitFor(/pr0mpt> /);
    running.type(`exec sleep 30${enter}`);
    await expect
      .poll(() => recordedCommands(spool))
      .toEqual([{ text: 'exec sleep 30', exit: undefined, hidden: name === 'fish' ? 'private-mode' : null }]);
    await using without = await start(dir, '/nonexistent/spool', '');
    await without.waitFor(/pr0mpt> /);
    without.type(`echo works "on"${enter}`);
    await without.waitFor(/works on/);
    expect(without.output()).not.toMatch(/No such file|cannot|error|_wp_|watchpost\./i);
  });
});

// None of them can be had: a bash of this machine without their clock takes the same ways through the hook.
describe.concurrent.each([
  ['4.2', '402'],
  ['4.4', '404'],
  ['5.0', '500'],
])('what the hook does in bash %s', (_, version) => {
  it('records what is typed, in whole seconds; the prompt command of the user sees his exit code', async ({ expect }) => {
    await using dir = await createTempDir('versions');
    const spool = join(dir.path, 'spool');
    await mkdir(spool);
    const hook = join(dir.path, 'hook.bash');
    const code = await readFile(hookPath('bash'), 'utf8');
    expect(code).toMatch(/^_wp_version=/m);
    await writeFile(hook, code.replace(/^_wp_version=.*$/m, `_wp_version=${version}`));
    const before = `unset EPOCHREALTIME; PROMPT_COMMAND='echo "own:$?"'`;
    await using running = await startHookedShell({ shell: 'bash', hook, dir: dir.path, spool, before });
    const lines = typedLines('bash');
    for (const { line, exit } of lines) {
      await running.run('');
      const shown = await running.run(line);
      if (exit !== null) expect(shown).toContain(`own:${exit}`);
    }
    expect(
      (await recordedCommands(spool)).map(({ text, exit }, index) => [text, lines[index]?.exit === null ? null : exit]),
    ).toEqual(lines.map(({ line, exit }) => [line, exit]));
    const records = await recordedLines(spool);
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
    expect(records.every(({ at }) => (at ?? 0) > 1_000_000_000_000_000 && (at ?? 0) % 1_000_000 === 0)).toBe(true);
  });
});
