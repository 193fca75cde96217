import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInFish, type ShellName, startHookedShell } from '@watchpost/testkit/shells/hooked-shell';
import type { PtyShell } from '@watchpost/testkit/shells/pty-shell';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Line, recordedCommands, recordedLines } from '../dump/recorded.ts';
import { hookPath } from './hook-files.ts';

let dir: TempDir;
let spool: string;

beforeEach(async () => {
  dir = await createTempDir('faults');
  spool = join(dir.path, 'spool');
  await mkdir(spool);
});
afterEach(() => dir.remove());

const shell = (name: ShellName): Promise<PtyShell> =>
  startHookedShell({ shell: name, hook: hookPath(name), dir: dir.path, spool });

const ended = async (): Promise<number> => (await recordedLines(spool)).filter(({ kind }) => kind === 'end').length;

/** A line whose records are written. */
const run = async (name: ShellName, running: PtyShell, line: string | Buffer): Promise<void> => {
  if (name === 'fish') await runInFish(running, line, ended);
  else await running.run(line);
};

/** A line whose records may not be written: what it prints says that it ran. */
async function runUnrecorded(name: ShellName, running: PtyShell, word: string): Promise<void> {
  running.type(`echo ${word.slice(0, 2)}""${word.slice(2)}${name === 'fish' ? '\r' : '\n'}`);
  await running.waitFor(new RegExp(`${word}\\r?\\n[^]*pr0mpt> `));
}

/** Numbers that are in no record, up to the last one: what a recorder counts as missing. */
function gapsOf(lines: readonly Line[]): number {
  const numbers = lines.map(({ sequence }) => sequence).filter((sequence) => sequence !== undefined);
  return Math.max(...numbers) - numbers.length;
}

/** A small file system over the spool; null when this machine does not allow it. */
function mountSmall(path: string): ((options: string) => void) | null {
  const mount = (options: string) => void execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
  try {
    mount('size=64k,mode=1733');
  } catch {
    return null;
  }
  return (options) => mount(`remount,${options}`);
}

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (name) => {
  it('bytes that are no UTF-8 are there as they were typed', async () => {
    await using running = await shell(name);
    const line = Buffer.from("echo '\xff\xfe' \xfe\xff", 'latin1');
    if (name === 'fish') {
      // Typed bytes that are no UTF-8 are dropped by fish itself; those that come from a file are not.
      const file = join(dir.path, 'line');
      await writeFile(file, line);
      await run(name, running, `bind \\cg 'commandline -r (cat ${file}); commandline -f execute'`);
      running.type('\u0007');
      await expect.poll(ended).toBe(2);
    } else await run(name, running, line);
    const start = (await recordedLines(spool)).findLast(({ kind }) => kind === 'start');
    expect(Buffer.from(start?.textBase64 ?? '', 'base64').toString('latin1')).toBe(line.toString('latin1'));
  });

  it('a program that crashes has its exit code; a shell that crashes or is killed has the START', async () => {
    await using first = await shell(name);
    await using second = await shell(name);
    await run(name, first, `sh -c 'kill -SEGV $$'`);
    const me = name === 'fish' ? '$fish_pid' : '$$';
    for (const [running, signal] of [
      [first, 'SEGV'],
      [second, 'KILL'],
    ] as const) {
      await running.waitFor(/pr0mpt> /);
      running.type(`kill -${signal} ${me}${name === 'fish' ? '\r' : '\n'}`);
      await expect.poll(async () => (await recordedCommands(spool)).map(({ text }) => text)).toContain(`kill -${signal} ${me}`);
    }
    const found = new Map((await recordedCommands(spool)).map(({ text, exit }) => [text, exit]));
    expect(found).toEqual(
      new Map([
        [`sh -c 'kill -SEGV $$'`, 139],
        [`kill -SEGV ${me}`, undefined],
        [`kill -KILL ${me}`, undefined],
      ]),
    );
  });

  it('a full disk: the shell works on, and what was not written is a gap of that size', async (context) => {
    const remount = mountSmall(spool);
    if (remount === null) context.skip('needs root: it mounts a file system of 64 KiB');
    try {
      await using running = await shell(name);
      await run(name, running, 'true one');
      const before = await recordedLines(spool);
      const file = join(spool, 'filler');
      await writeFile(file, Buffer.alloc(64 * 1024)).catch(() => {});
      // The page that the shell's own file has already takes a little more.
      const more = name === 'bash' || name === 'zsh' ? `: ${'x'.repeat(3_500)}` : '';
      if (more !== '') await running.run(more);
      for (const word of ['alpha', 'bravo', 'charlie']) await runUnrecorded(name, running, word);
      await rm(file);
      await run(name, running, 'true two');
      const output = running.output();
      expect(output).not.toMatch(/No space|write error|cannot|_wp_|watchpost\./i);
      const lines = await recordedLines(spool);
      expect(lines.length).toBeGreaterThan(before.length);
      const last = (await recordedCommands(spool)).at(-1);
      expect(last).toMatchObject({ text: 'true two', exit: 0 });
      const numbers = lines.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]));
      // 1 header, then START and END of each line, whether they could be written or not.
      expect(Math.max(...numbers)).toBe(1 + 2 * (more === '' ? 5 : 6));
    } finally {
      execFileSync('umount', ['-l', spool], { stdio: 'pipe' });
    }
  });

  it('a spool that cannot be written at first: the shell works on, and the gap is counted when it can', async (context) => {
    const remount = mountSmall(spool);
    if (remount === null) context.skip('needs root: it mounts a file system');
    try {
      remount?.('ro');
      await using running = await shell(name);
      await running.waitFor(/pr0mpt> /);
      for (const word of ['alpha', 'bravo']) await runUnrecorded(name, running, word);
      expect(await recordedLines(spool)).toEqual([]);
      remount?.('rw');
      // The first line makes the file, at its START or at the prompt after it.
      await runUnrecorded(name, running, 'charlie');
      await expect.poll(async () => (await recordedLines(spool)).length).toBeGreaterThan(0);
      await run(name, running, 'true two');
      expect(running.output()).not.toMatch(/Read-only|cannot|_wp_|watchpost\./i);
      const lines = await recordedLines(spool);
      const missing = gapsOf(lines);
      expect((await recordedCommands(spool)).at(-1)).toMatchObject({ text: 'true two', exit: 0 });
      // Two lines of two records each; of the third at most its two.
      expect(missing).toBeGreaterThanOrEqual(4);
      expect(missing).toBeLessThanOrEqual(6);
      expect(lines.length + missing).toBe(1 + 2 * 4);
    } finally {
      execFileSync('umount', ['-l', spool], { stdio: 'pipe' });
    }
  });

  it('makes no process at its prompt: the kernel is asked', async (context) => {
    await using running = await shell(name);
    await run(name, running, 'true');
    const pid = Number((await recordedLines(spool))[0]?.pid);
    const log = join(dir.path, 'calls');
    const tracer = spawn(
      'strace',
      ['-f', '-qq', '-s', '4096', '-o', log, '-e', 'trace=fork,vfork,clone,clone3,execve,write', '-p', String(pid)],
      {
        stdio: 'ignore',
      },
    );
    const started = await Promise.race([
      once(tracer, 'error').then(() => false),
      expect
        .poll(async () => /TracerPid:\s+[1-9]/.test(await readFile(`/proc/${pid}/status`, 'utf8')))
        .toBe(true)
        .then(() => true),
    ]);
    if (!started) context.skip('needs strace, and the right to trace');
    for (let round = 0; round < 10; round++) await run(name, running, 'true traced');
    // The proof that forks are seen: a program is one.
    await run(name, running, '/bin/true forked');
    tracer.kill('SIGINT');
    await once(tracer, 'close');
    const calls = (await readFile(log, 'utf8')).split('\n');
    const before = calls.slice(
      0,
      calls.findIndex((call) => call.includes('/bin/true forked')),
    );
    const made = (of: readonly string[]) =>
      of.filter((call) => /^\d+ +(?:v?fork|clone3?)\(/.test(call) && !call.includes('CLONE_THREAD'));
    expect(before.filter((call) => call.includes('true traced')).length).toBeGreaterThanOrEqual(10);
    expect(made(before)).toEqual([]);
    expect(made(calls).length).toBeGreaterThan(0);
  });
});

it('fish --private: what is typed is recorded as hidden', async () => {
  await using running = await startHookedShell({
    shell: 'fish',
    hook: hookPath('fish'),
    dir: dir.path,
    spool,
    flags: '--private',
  });
  await run('fish', running, 'true secret');
  expect((await recordedCommands(spool)).map(({ text, hidden }) => [text, hidden])).toEqual([['true secret', 'private-mode']]);
});
