import { expect, test } from 'vitest';
import { PROMPT, startPtyShell } from '@watchpost/testkit/shells/pty-shell';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { createShellWatch } from './shell-watch.ts';

/** Waits for the pid that a shell printed between marks. */
async function pidOf(shell: ReturnType<typeof startPtyShell>): Promise<number> {
  await shell.waitFor(/<\d+>/);
  return Number(/<(\d+)>/.exec(shell.output())?.[1]);
}

test('an interactive shell without a hook is found, once; scripts, commands, forks and hooked shells are not', async () => {
  const env = { PS1: PROMPT };
  await using interactive = startPtyShell('bash --norc --noprofile', { env, cwd: '/' });
  await using other = startPtyShell('sh -i', { env, cwd: '/' });
  await using hooked = startPtyShell('bash --norc --noprofile -i', { env, cwd: '/' });
  await using script = startPtyShell(`bash -c 'echo "<$$>"; read line; :'`, { env, cwd: '/' });
  const pids = { script: await pidOf(script), interactive: 0, other: 0, hooked: 0, fork: 0 };
  for (const [name, shell] of Object.entries({ interactive, other, hooked } as const)) {
    await shell.run('echo "<$$>"');
    pids[name as keyof typeof pids] = await pidOf(shell);
  }
  await interactive.run('(while :; do read -t 60 || exit; done) <&0 & echo "<fork $!>"');
  pids.fork = Number(/<fork (\d+)>/.exec(interactive.output())?.[1]);
  expect(Object.values(pids).every((pid) => pid > 1)).toBe(true);

  const watch = createShellWatch();
  const looks = Array.from({ length: 6 }, () => watch.look((pid) => pid === pids.hooked).map(({ pid }) => pid));
  const ours = looks.map((found) => found.filter((pid) => Object.values(pids).includes(pid)));
  expect(ours.flat().sort()).toEqual([pids.interactive, pids.other].sort());
  const unhooked = () => watch.unhooked().map(({ pid }) => pid);
  expect(unhooked()).toEqual(expect.arrayContaining([pids.interactive, pids.other]));

  await interactive.close();
  watch.look((pid) => pid === pids.hooked);
  expect(unhooked()).not.toContain(pids.interactive);
  expect(unhooked()).toContain(pids.other);
});

test('a known process that becomes a shell is found', async () => {
  await using shell = startPtyShell(`sh -c 'echo "<$$>"; read line; exec bash --norc --noprofile -i'`, {
    env: { PS1: PROMPT },
    cwd: '/',
  });
  const pid = await pidOf(shell);
  const watch = createShellWatch();
  for (let look = 0; look < 10; look++) expect(watch.look(() => false).map((found) => found.pid)).not.toContain(pid);
  shell.type('go\n');
  await shell.waitFor(new RegExp(PROMPT));
  const found = Array.from({ length: 25 }, () => watch.look(() => false)).flat();
  expect(found.filter((each) => each.pid === pid)).toMatchObject([{ facts: { name: 'bash' } }]);
});

test('a folder of processes that is not there is no trouble', async () => {
  await using dir = await createTempDir();
  const watch = createShellWatch({ procDir: `${dir.path}/none` });
  expect(watch.look(() => false)).toEqual([]);
});
