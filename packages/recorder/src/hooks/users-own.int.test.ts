import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ShellName, startHookedShell } from '@watchpost/testkit/shells/hooked-shell';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordedCommands, recordedLines } from '../dump/recorded.ts';
import { hookPath } from './hook-files.ts';

let dir: TempDir;
let spool: string;

beforeEach(async () => {
  dir = await createTempDir('own');
  spool = join(dir.path, 'spool');
  await mkdir(spool);
});
afterEach(() => dir.remove());

/** Types lines into a shell whose start file has lines of the user before or behind the hook; gives what the terminal showed. */
async function typeAll(
  name: ShellName,
  lines: readonly (string | Buffer)[],
  around: { readonly before?: string; readonly after?: string },
): Promise<readonly string[]> {
  await using running = await startHookedShell({ shell: name, hook: hookPath(name), dir: dir.path, spool, ...around });
  const shown: string[] = [];
  for (const line of lines) shown.push(await running.run(line));
  return shown;
}

const LINES = [
  'true',
  'false',
  `echo "a  b" 'c' | cat`,
  'sh -c "exit 7"',
  'f() { return 3; }; f',
  'for i in 1 2; do\ntrue\ndone',
];
const EXITS = [0, 1, 0, 7, 3, 0];
const WHERE = ['before', 'after'] as const;

/** All lines are there as typed, with their exit codes, and nothing else. */
async function expectAll(): Promise<void> {
  const found = (await recordedCommands(spool)).map(({ text, exit, hidden }) => [text, exit, hidden]);
  expect(found).toEqual(LINES.map((line, index) => [line, EXITS[index], null]));
}

/**
 * What bash-preexec is documented to do, written anew: at the first prompt it takes PROMPT_COMMAND and the DEBUG trap over,
 * runs `precmd` before each prompt and `preexec` with the line before each command. Others come in by the same two doors; the
 * real one, and starship, are in `neighbours.int.test.ts`.
 */
const PREEXEC = `
_pe_ready=''
_pe_precmd() { _pe_status=$?; echo "precmd:$_pe_status"; return $_pe_status; }
_pe_interactive() { _pe_ready=1; }
_pe_debug() {
  [[ $_pe_ready && -t 1 ]] || return 0
  [[ $BASH_COMMAND == _pe_precmd ]] && { _pe_ready=''; return 0; }
  _pe_ready=''
  echo "preexec:$(HISTTIMEFORMAT= builtin history 1 | sed '1 s/^ *[0-9]*[* ] //' | head -n 1)"
  : "$1"
}
_pe_install() {
  trap '_pe_debug "$_"' DEBUG
  PROMPT_COMMAND=$'_pe_precmd\\n_pe_interactive'
  _pe_interactive
}
PROMPT_COMMAND=$'_pe_before="$(trap -p DEBUG)"\\ntrap - DEBUG\\n_pe_install'
`;

/** What the user has, the output that shows that it still works (once for each line), and lines of the start file. */
const BASH: readonly { readonly what: string; readonly code: string; readonly shows: RegExp }[] = [
  { what: 'PROMPT_COMMAND as a string', code: `PROMPT_COMMAND='echo "own:$?"'`, shows: /own:(\d+)/ },
  { what: 'PROMPT_COMMAND as an array', code: `PROMPT_COMMAND=('echo "own:$?"' 'echo two')`, shows: /own:(\d+)[^]*two/ },
  { what: 'PROMPT_COMMAND that grows', code: `PROMPT_COMMAND+=(); PROMPT_COMMAND+=('echo "own"')`, shows: /own/ },
  { what: 'PS0', code: `PS0='<ps0>'`, shows: /<ps0>/ },
  {
    what: 'a DEBUG trap',
    code: `trap '[[ $BASH_COMMAND == PS1=* ]] || echo "debug:$BASH_COMMAND"' DEBUG`,
    shows: /debug:(true|false|echo|sh|f|for)/,
  },
  { what: 'a framework of preexec functions', code: PREEXEC, shows: /preexec:(true|false|echo|sh|f|for)[^]*precmd:(\d)/ },
  { what: 'a prompt that runs commands', code: `PROMPT_COMMAND='PS1='\\''$(echo own; false)pr0mpt> '\\'''`, shows: /own/ },
];

describe.each(BASH)("bash beside the user's own: $what", ({ code, shows }) => {
  it.each(WHERE)('set %s the hook: all is recorded, and all of the user goes on', async (where) => {
    const shown = await typeAll('bash', LINES, { [where]: code });
    await expectAll();
    for (const each of shown) expect(each).toMatch(shows);
    const all = shown.join('');
    expect(all).not.toMatch(/_wp_|watchpost\.|syntax error|bad file/i);
    // What the user's own prompt command sees as $? is that of his command.
    const seen = [...all.matchAll(/(?:own|precmd):(\d+)/g)].map(([, status]) => Number(status));
    if (seen.length > 0) expect(seen.slice(-EXITS.length)).toEqual(EXITS);
  });
});

describe('bash with options and variables that a hook could stumble over', () => {
  it('functrace and extdebug: a subshell, which has the trap then too, is recorded once', async () => {
    const lines = ['(exit 4)', '{ true; } | cat', 'f() { return 3; }; f', 'true'];
    await typeAll('bash', lines, { after: 'set -o functrace; shopt -s extdebug' });
    const found = (await recordedCommands(spool)).map(({ text, exit }) => [text, exit]);
    expect(found).toEqual(lines.map((line, index) => [line, [4, 0, 3, 0][index]]));
    const records = await recordedLines(spool);
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
  });

  it('a clock that was unset: times are whole seconds, and nothing shows', async () => {
    const lines = ['true one', 'unset EPOCHREALTIME', 'sh -c "exit 5"', 'echo "[$?]"'];
    const shown = await typeAll('bash', lines, {});
    expect(shown.at(-1)).toContain('[5]');
    expect(shown.join('')).not.toMatch(/error|_wp_/);
    const found = (await recordedCommands(spool)).map(({ text, exit }) => [text, exit]);
    expect(found).toEqual(lines.map((line, index) => [line, [0, 0, 5, 0][index]]));
    const late = (await recordedLines(spool)).slice(-2);
    expect(late.every(({ at }) => (at ?? 0) > 1_000_000_000_000_000 && (at ?? 0) % 1_000_000 === 0)).toBe(true);
  });
});

const PLUGINS = [
  '/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh',
  '/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh',
] as const;

/** The functions of the user, as `add-zsh-hook` puts them in. */
const ZSH_HOOKS = `autoload -Uz add-zsh-hook
_own_precmd() { print "own:$?" }
_own_preexec() { print "preexec:\${1[1,4]}" }
add-zsh-hook precmd _own_precmd
add-zsh-hook preexec _own_preexec`;

describe("zsh beside the user's own", () => {
  it.each(WHERE)('precmd and preexec functions, set %s the hook', async (where) => {
    const shown = await typeAll('zsh', LINES, { [where]: ZSH_HOOKS });
    await expectAll();
    shown.forEach((each, index) => {
      expect(each).toContain(`own:${EXITS[index]}`);
      expect(each).toContain(`preexec:${LINES[index]?.slice(0, 4)}`);
    });
  });

  it.for(WHERE)('zsh-autosuggestions and zsh-syntax-highlighting, loaded %s the hook', async (where, context) => {
    const missing = PLUGINS.filter((path) => !existsSync(path));
    if (missing.length > 0) context.skip(`needs ${missing.join(', ')}`);
    await using running = await startHookedShell({
      shell: 'zsh',
      hook: hookPath('zsh'),
      dir: dir.path,
      spool,
      [where]: PLUGINS.map((path) => `. ${path}`).join('\n'),
    });
    // They live in the line editor, which draws its prompt many times: the records say when a line has ended.
    await running.waitFor(/pr0mpt> /);
    await running.run('setopt zle');
    for (const [index, line] of LINES.slice(0, 5).entries()) {
      running.type(`${line}\r`);
      await expect.poll(async () => (await recordedCommands(spool))[index + 1]?.exit).toBe(EXITS[index]);
    }
    const found = (await recordedCommands(spool)).map(({ text }) => text);
    expect(found).toEqual(['setopt zle', ...LINES.slice(0, 5)]);
  });

  it('a clock that was taken away: times are whole seconds', async () => {
    const lines = ['zmodload -u zsh/datetime', 'sh -c "exit 5"'];
    const shown = await typeAll('zsh', lines, {});
    expect(shown.join('')).not.toMatch(/_wp_/);
    const found = (await recordedCommands(spool)).map(({ text, exit }) => [text, exit]);
    expect(found).toEqual(lines.map((line, index) => [line, [0, 5][index]]));
    const late = (await recordedLines(spool)).slice(-2);
    expect(late.every(({ at }) => (at ?? 0) > 1_000_000_000_000_000 && (at ?? 0) % 1_000_000 === 0)).toBe(true);
  });

  it('says how a line was hidden: HIST_NO_STORE and a history of nothing', async () => {
    const lines = ['setopt histnostore', 'history', 'fc -l', 'historian', 'HISTSIZE=0', 'echo seen'];
    await typeAll('zsh', lines, {});
    const found = (await recordedCommands(spool)).map(({ text, hidden }) => [text, hidden]);
    expect(found).toEqual([
      ['setopt histnostore', null],
      ['history', 'no-store'],
      ['fc -l', 'no-store'],
      ['historian', null],
      ['HISTSIZE=0', null],
      ['echo seen', 'histsize-zero'],
    ]);
  });
});
