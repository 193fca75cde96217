import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInFish as typeIntoFish, type ShellName, startHookedShell } from '@watchpost/testkit/shells/hooked-shell';
import type { PtyShell } from '@watchpost/testkit/shells/pty-shell';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordedCommands, recordedLines } from '../dump/recorded.ts';
import { hookPath } from './hook-files.ts';
import { typedLines } from './testing/typed-lines.ts';

let dir: TempDir;
let spool: string;

beforeEach(async () => {
  dir = await createTempDir('hooks');
  spool = join(dir.path, 'spool');
  await mkdir(spool);
});
afterEach(() => dir.remove());

const dump = () => recordedLines(spool);
const commands = () => recordedCommands(spool);
const shell = (name: ShellName, options: { before?: string; after?: string; hook?: string | null } = {}): Promise<PtyShell> =>
  startHookedShell({ shell: name, hook: hookPath(name), dir: dir.path, spool, ...options });

const runInFish = (running: PtyShell, line: string): Promise<void> =>
  typeIntoFish(running, line, async () => (await commands()).filter(({ exit }) => exit !== undefined).length);

describe.each(['bash', 'zsh', 'fish'] as const)('the hook of %s', (name) => {
  it('records what is typed, byte for byte, with its exit code; an empty Enter records nothing', async () => {
    await using running = await shell(name);
    const typed = typedLines(name);
    for (const { line } of typed) {
      if (name === 'fish') await runInFish(running, line);
      else {
        await running.run('');
        await running.run(line);
      }
    }
    const found = await commands();
    expect(found.map(({ text }) => text)).toEqual(typed.map(({ line }) => line));
    expect(found.every(({ exit }) => exit !== undefined)).toBe(true);
    const exits = found.map(({ text, exit }, index) => [text?.slice(0, 40), typed[index]?.exit === null ? null : exit]);
    expect(exits).toEqual(typed.map(({ line, exit }) => [line.slice(0, 40), exit]));
    const [opened] = await dump();
    expect(opened).toMatchObject({ kind: 'opened', header: { name, mode: 'i', cwd: join(dir.path, `home-${name}`) } });
    expect((await dump()).map(({ sequence }) => sequence)).toEqual((await dump()).map((_, index) => index + 1));
  });

  it('a START is there before the command runs: of what kills the shell, replaces it or hangs', async () => {
    {
      await using running = await shell(name);
      await running.run('true');
      running.type(name === 'fish' ? 'kill -9 $fish_pid\r' : 'kill -9 $$\n');
      await expect.poll(async () => (await commands()).at(-1)?.text ?? '').toContain('kill -9');
    }
    {
      await using running = await shell(name);
      await running.run('true');
      running.type(`exec sleep 30${name === 'fish' ? '\r' : '\n'}`);
      await expect.poll(async () => (await commands()).at(-1)?.text ?? '').toContain('exec sleep 30');
    }
    const texts = (await commands()).map(({ text, exit }) => [text?.replace(/\$.*/, '$'), exit]);
    expect(texts.toSorted((left, right) => String(left).localeCompare(String(right)))).toEqual(
      [
        ['exec sleep 30', undefined],
        ['kill -9 $', undefined],
        ['true', 0],
        ['true', 0],
      ].toSorted((left, right) => String(left).localeCompare(String(right))),
    );
  });

  it('works on as if nothing were there when the spool is missing or goes away', async () => {
    await using running = await shell(name);
    if (name === 'fish') await runInFish(running, 'true');
    else await running.run('true');
    await rm(spool, { recursive: true });
    running.type(`echo still "here"${name === 'fish' ? '\r' : '\n'}`);
    await running.waitFor(/still here/);
    const output = running.output();
    expect(output).not.toMatch(/No such file|cannot|error|watchpost\.|_wp_/i);
    await using without = await startHookedShell({
      shell: name,
      hook: hookPath(name),
      dir: dir.path,
      spool: '/nonexistent/spool',
    });
    await without.waitFor(/pr0mpt> /);
    without.type(`echo and "here"${name === 'fish' ? '\r' : '\n'}`);
    await without.waitFor(/and here/);
    expect(without.output()).not.toMatch(/No such file|cannot|error|watchpost\.|_wp_/i);
  });

  it('1 MB in one line', async () => {
    await using running = await shell(name);
    // Typing a megabyte takes a terminal minutes: a line of that length is put where each shell takes its next line from.
    const size = 1_000_000;
    const file = join(dir.path, 'big');
    const line = `echo ${'y'.repeat(size)} > ${file}`;
    await writeFile(join(dir.path, 'line'), line);
    switch (name) {
      case 'bash':
        await running.run(`history -s -- "$(<${dir.path}/line)"`);
        await running.run('!!');
        break;
      case 'zsh':
        // A terminal that gathers no lines takes one of any length; zsh reads it byte by byte.
        await running.run('stty -icanon');
        await running.run(line);
        break;
      case 'fish':
        await runInFish(running, 'true');
        // Ctrl-G puts the line where the cursor is, and runs it.
        await runInFish(running, `bind \\cg 'commandline -r (cat ${dir.path}/line); commandline -f execute'`);
        await running.waitFor(/pr0mpt> /);
        running.type('\u0007');
        break;
    }
    const last = async () => (await commands()).at(-1);
    await expect.poll(async () => (await last())?.text?.length, { interval: 200 }).toBe(line.length);
    await expect.poll(async () => (await last())?.exit, { interval: 200 }).toBe(0);
    expect((await last())?.text === line).toBe(true);
    expect((await readFile(file)).length).toBe(size + 1);
  });
});

describe('bash', () => {
  it('keeps the settings of the history, and says how a line was hidden', async () => {
    await using running = await shell('bash');
    const lines = [
      'HISTCONTROL=ignoreboth',
      ' spaced out',
      'same',
      'same',
      'HISTIGNORE="ls*:secret *"',
      'secret one',
      'HISTCONTROL= HISTIGNORE=',
      'echo seen',
    ];
    for (const line of lines) await running.run(line);
    expect((await commands()).map(({ text, hidden }) => [text, hidden])).toEqual([
      ['HISTCONTROL=ignoreboth', null],
      [' spaced out', 'leading-space'],
      ['same', null],
      ['same', 'ignore-dups'],
      ['HISTIGNORE="ls*:secret *"', null],
      ['secret one', 'histignore'],
      ['HISTCONTROL= HISTIGNORE=', null],
      ['echo seen', null],
    ]);
    const kept = await running.run('history');
    expect(kept).not.toMatch(/spaced out|secret one/);
    expect(kept.match(/ same/g)?.length).toBe(1);
    await running.run('HISTSIZE=0');
    expect(await running.run('echo "[$HISTSIZE]"')).toContain('[0]');
    expect((await commands()).at(-1)).toMatchObject({ text: 'echo "[$HISTSIZE]"', hidden: 'histsize-zero' });
  });

  it('with the history settings of Debian: all bytes, and what is hidden stays out of the history', async () => {
    await using running = await shell('bash', { before: 'HISTCONTROL=ignoreboth' });
    const lines = [
      'true',
      '',
      '  echo  "12345 6"',
      'true',
      'true',
      "echo '\xff\xfe'",
      'for i in 1 2; do\n  true\ndone',
      ' ls',
      '\ttrue',
      'false',
    ];
    for (const line of lines) await running.run(Buffer.from(line, 'latin1'));
    const typed = lines.filter((line) => line !== '');
    const bytes = (await dump()).filter(({ kind }) => kind === 'start');
    expect(
      bytes.map(({ text, textBase64 }) =>
        textBase64 === undefined ? text : Buffer.from(textBase64, 'base64').toString('latin1'),
      ),
    ).toEqual(typed);
    expect(bytes.map(({ hidden }) => hidden)).toEqual(
      typed.map((line, index) => (/^[ \t]/.test(line) ? 'leading-space' : index === 2 || index === 3 ? 'ignore-dups' : null)),
    );
    expect((await commands()).map(({ exit }) => exit)).toEqual([0, 0, 0, 0, 0, 0, expect.any(Number), 0, 1]);
    const kept = (await running.run('history; shopt lithist; echo "[$HISTCONTROL]"')).match(/^ +\d+ {2}.*$/gm) ?? [];
    expect(kept.map((line) => line.replace(/^ *\d+ {2}/, '').trimEnd())).toEqual([
      'true',
      "echo '\ufffd\ufffd'",
      'for i in 1 2; do   true; done',
      'false',
      'history; shopt lithist; echo "[$HISTCONTROL]"',
    ]);
    expect(running.output()).toMatch(/lithist\s+off/);
    expect(running.output()).toContain('[ignoreboth]');
  });

  it('history off: the simple commands of each line', async () => {
    await using running = await shell('bash');
    await running.run('set +o history');
    await running.run('echo one; echo two');
    const found = await dump();
    expect(found.filter(({ kind }) => kind === 'start').at(-1)).toMatchObject({ text: 'echo one', hidden: 'history-off' });
    expect(found.find(({ kind }) => kind === 'detail')).toMatchObject({ text: 'echo two' });
  });

  it('lives beside traps, prompt commands and strict options of the user', async () => {
    await using running = await shell('bash', {
      before: `PROMPT_COMMAND='printf before'`,
      after: `trap 'seen=$BASH_COMMAND:$?' DEBUG; trap 'echo bye' EXIT`,
    });
    await running.run('true one');
    expect(await running.run('false; echo "[$seen]"')).toMatch(/\[echo "\[\$seen\]":1\]/);
    await running.run('set -eu -o pipefail -o noclobber');
    await running.run('IFS=:');
    await running.run('true two');
    await running.run('set +eu; shopt -s extdebug; PROMPT_COMMAND="printf other"');
    await running.run('true three');
    await running.run('trap - DEBUG');
    await running.run('true four');
    running.type('exit\n');
    await running.waitFor(/bye/);
    expect((await commands()).map(({ text, exit }) => [text, exit])).toEqual([
      ['true one', 0],
      ['false; echo "[$seen]"', 0],
      ['set -eu -o pipefail -o noclobber', 0],
      ['IFS=:', 0],
      ['true two', 0],
      ['set +eu; shopt -s extdebug; PROMPT_COMMAND="printf other"', 0],
      ['true three', 0],
      ['trap - DEBUG', 0],
      ['true four', 0],
      ['exit', undefined],
    ]);
  });

  it('$?, $_ and PIPESTATUS of the user stay what they are', async () => {
    await using running = await shell('bash');
    await running.run('true | sh -c "exit 5"');
    expect(await running.run('echo "[$? ${PIPESTATUS[*]}]"')).toMatch(/\[5 /);
    await running.run('echo last-word');
    expect(await running.run('echo "[$_]"')).toContain('[last-word]');
  });

  it('text that is not valid UTF-8 is there as bytes', async () => {
    await using running = await shell('bash');
    await running.run(Buffer.from("echo '\xff\xfe'", 'latin1'));
    const start = (await dump()).find(({ kind, textBase64 }) => kind === 'start' && textBase64 !== undefined);
    expect(Buffer.from(start?.textBase64 ?? '', 'base64').toString('latin1')).toBe("echo '\xff\xfe'");
  });

  it('does not fork: between two prompts there is no new process but the command', async () => {
    await using running = await shell('bash');
    await running.run('true');
    const before = Number(/^processes (\d+)$/m.exec(await readFile('/proc/stat', 'utf8'))?.[1]);
    const pid = Number(/pid=(\d+)/.exec(await running.run('echo pid=$$'))?.[1]);
    const stat = () =>
      execFileSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' })
        .split(') ')[1]
        ?.split(' ')[8];
    const children = stat();
    for (let round = 0; round < 50; round++) await running.run(': nothing');
    // Faults of children that the shell has waited for: none was made.
    expect(stat()).toBe(children);
    expect(before).toBeGreaterThan(0);
  });

  it('a spool that cannot be written, and a file of its own mode', async () => {
    await using running = await shell('bash');
    await running.run('umask 000; true');
    await chmod(spool, 0o500);
    expect(await running.run('echo fine')).toContain('fine');
    await chmod(spool, 0o700);
    const files = execFileSync('ls', ['-l', spool], { encoding: 'utf8' });
    expect(
      files
        .split('\n')
        .filter((line) => / b\./.test(line))
        .every((line) => line.startsWith('-rw-------')),
    ).toBe(true);
  });
});

describe('zsh', () => {
  it('says how a line was hidden, and survives a user who sets its function lists anew', async () => {
    await using running = await shell('zsh');
    for (const line of [
      'setopt histignorespace histignoredups',
      ' spaced out',
      'echo d',
      'echo d',
      'precmd_functions=()',
      'echo after',
      'if )',
    ])
      await running.run(line);
    const found = await commands();
    expect(found.map(({ text, hidden }) => [text, hidden])).toEqual([
      ['setopt histignorespace histignoredups', null],
      [' spaced out', 'leading-space'],
      ['echo d', null],
      ['echo d', 'ignore-dups'],
      ['precmd_functions=()', null],
      ['echo after', null],
      ['if )', null],
    ]);
  });
});

describe('fish', () => {
  it('says how a line was hidden', async () => {
    await using running = await shell('fish');
    await runInFish(running, ' echo spaced');
    expect((await commands()).map(({ text, hidden }) => [text, hidden])).toEqual([[' echo spaced', 'leading-space']]);
  });

  it('counts on past the hundreds, and its times are those of the clock', async () => {
    const began = Date.now() * 1_000;
    await using running = await shell('fish');
    const lines = 105;
    for (let line = 0; line < lines; line++) await runInFish(running, 'true');
    const found = await dump();
    expect(found.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1 + 2 * lines }, (_, index) => index + 1));
    const times = found.map(({ at }) => at ?? 0);
    // fish tells times in steps of 10 ms.
    const step = 20_000;
    for (const at of times) {
      expect(at).toBeGreaterThanOrEqual(began - step);
      expect(at).toBeLessThanOrEqual(Date.now() * 1_000 + step);
    }
  });
});
