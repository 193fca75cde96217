import { execFileSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '@watchpost/contracts/commands/command';
import { type ShellName, startHookedShell } from '@watchpost/testkit/shells/hooked-shell';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRecorderRig, type RecorderRig } from '../agent/testing/recorder-rig.ts';
import { hookPath } from '../hooks/hook-files.ts';

const soon = { interval: 50 };
const LOOK_MS = 150;

let rig: RecorderRig;

beforeEach(async () => {
  rig = await createRecorderRig({ every: { coverage: LOOK_MS } });
  // The shells of other users come in here.
  await chmod(rig.dir, 0o755);
  await rig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

const shell = (name: ShellName, after = '') =>
  startHookedShell({ shell: name, hook: hookPath(name), dir: rig.dir, spool: rig.spool, after });
/** Of the shells of this test: others of the machine may run without a hook. */
const silent = () => rig.server.commands().filter(({ kind, cause }) => kind === 'silent' && cause === 'disarmed');
const starts = () => rig.server.commands().filter(({ kind }) => kind === 'start');
const recorded = (text: string) => expect.poll(() => starts().map((each) => each.text), soon).toContain(text);
/** Whatever is wrong would be told after two looks; many more go by. */
async function manyLooks(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 12 * LOOK_MS));
}

const DISARM: readonly { readonly shell: ShellName; readonly line: string; readonly after?: string }[] = [
  { shell: 'bash', line: 'unset PROMPT_COMMAND PS0; trap - DEBUG' },
  { shell: 'zsh', line: 'precmd_functions=() preexec_functions=() zshaddhistory_functions=()', after: 'setopt zle' },
  { shell: 'fish', line: 'functions -e _wp_start _wp_end' },
];

test.each(DISARM)('$shell: the hook is taken away by `$line`', async ({ shell: name, line, after = '' }) => {
  await using running = await shell(name, after);
  await running.waitFor(/pr0mpt> /);
  const enter = name === 'fish' ? '\r' : '\n';
  running.type(`true${enter}`);
  await recorded('true');
  running.type(`${line}${enter}`);
  await recorded(line);
  await expect
    .poll(() => silent().map(({ detail }) => detail), soon)
    .toEqual(['the shell is back at its prompt, but its hook has not told that the command ended']);
  const [told] = silent() as [Command];
  expect(told).toMatchObject({ shell: name, uid: process.getuid?.(), interactive: true });
  expect(rig.recorder().status().shells.silent).toBe(1);
});

test('a command that the hook does not tell is seen while it runs', async () => {
  await using running = await shell('bash');
  // Between two commands, so that the end of the line itself is told.
  await running.run(`PROMPT_COMMAND[901]='unset PROMPT_COMMAND PS0; trap - DEBUG'`);
  running.type('sleep 60\n');
  await expect
    .poll(() => silent().map(({ detail }) => detail), soon)
    .toEqual(['the shell runs a command that its hook has not told']);
});

test('a shell that is replaced by one without a hook; one by a program, or by a shell with a hook, is none', async () => {
  await using without = await shell('bash');
  await without.run('true one');
  await without.run(`exec bash --norc --noprofile`.replace('exec', `PS1='pr0mpt> ' exec`));
  await expect
    .poll(() => silent().map(({ detail }) => detail), soon)
    .toEqual(['the shell was replaced (exec) by a bash without a hook']);
  await using again = await shell('bash');
  await again.run('exec bash --noprofile --rcfile ~/rc -i');
  await again.run('true two');
  await recorded('true two');
  await expect
    .poll(() => rig.server.commands().map(({ detail }) => detail), soon)
    .toContain('another shell took its place (exec)');
  await using program = await shell('bash');
  program.type('exec sleep 60\n');
  await recorded('exec sleep 60');
  await manyLooks();
  expect(silent().length).toBe(1);
  expect(rig.recorder().status().shells.silent).toBe(1);
});

test('shells that are used as usual are never said to be silent, also over a restart of the recorder', async () => {
  await using idle = await shell('bash');
  await idle.run('true idle');
  await using long = await shell('zsh');
  await long.run('true long');
  long.type('sleep 60\n');
  await recorded('sleep 60');
  await using jobs = await shell('bash');
  await jobs.run('sleep 50 &');
  await jobs.run('sleep 0.01 & wait $!');
  await using reading = await shell('bash');
  await reading.run('true reading');
  reading.type('read -e line; while read -p "more? " x; do :; done\n');
  await using looping = await shell('bash');
  await looping.run('true looping');
  looping.type('while read x; do sleep 0.2; done\n');
  looping.type('a\nb\nc\n');
  await using nested = await shell('bash');
  await nested.run('bash --noprofile --rcfile ~/rc -i');
  await nested.run('true nested');
  await using typing = await shell('fish');
  await typing.waitFor(/pr0mpt> /);
  typing.type('sleep 60\r');
  await using stopped = await shell('bash');
  await stopped.run('true stopped');
  stopped.type('sleep 70\n');
  await recorded('sleep 70');
  stopped.type(Buffer.from([0x1a]));
  await stopped.waitFor(/Stopped/);
  if (process.getuid?.() === 0) {
    const home = join(rig.dir, 'home-bash');
    execFileSync('chmod', ['-R', 'a+rX', rig.dir]);
    await chmod(join(rig.dir, 'data'), 0o700);
    await nested.run(`su -s /bin/bash nobody -c "HOME=${home} exec bash --noprofile --rcfile ${home}/rc -i"`);
    await nested.run('true as nobody');
    await recorded('true as nobody');
    expect(starts().find(({ text }) => text === 'true as nobody')).toMatchObject({ user: 'nobody' });
  }
  await manyLooks();
  await rig.recorder().close();
  await rig.start();
  await manyLooks();
  expect(
    silent().map(({ detail, shell, shellPid }) => [detail, shell, starts().findLast((each) => each.shellPid === shellPid)?.text]),
  ).toEqual([]);
  const { budget, shells } = rig.recorder().status();
  expect(shells.silent).toBe(0);
  expect(budget.written).toBe(budget.spooled + budget.missing);
  expect(budget.missing).toBe(0);
});
