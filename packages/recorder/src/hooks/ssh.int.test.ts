import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ShellName } from '@watchpost/testkit/shells/hooked-shell';
import { type SshHost, startSshHost, whyNoSshHost } from '@watchpost/testkit/shells/ssh-host';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordedCommands, recordedLines } from '../dump/recorded.ts';
import { hookPath } from './hook-files.ts';

const why = whyNoSshHost();
if (why !== null) console.warn(`No tests with a real sshd: ${why}.`);

const SHELLS = ['bash', 'zsh', 'fish'] as const;
const UIDS = { bash: 64_001, zsh: 64_002, fish: 64_003 } as const;
const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(why !== null)('over ssh', () => {
  let dir: TempDir;
  let host: SshHost;
  beforeAll(async () => {
    dir = await createTempDir('ssh');
    host = await startSshHost({ dir: dir.path, hookPath });
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await dir?.remove();
  });
  beforeEach(async () => {
    for (const name of await readdir(host.spool)) await rm(join(host.spool, name));
  });

  const COMMANDS: readonly { readonly command: string; readonly exit: number; readonly only?: readonly ShellName[] }[] = [
    { command: 'true', exit: 0 },
    { command: 'sh -c "exit 7"', exit: 7 },
    { command: `echo  "a   b"  'c"d' '*'`, exit: 0 },
    { command: 'echo 中文 "✓"', exit: 0 },
    { command: 'echo one\necho "two\tthree"\nsh -c "exit 4"', exit: 4 },
    { command: 'cat <<END\nfirst  line\nEND', exit: 0, only: ['bash', 'zsh'] },
    { command: 'nosuchcommand-at-all 2>/dev/null; sh -c "exit 3"', exit: 3, only: ['bash', 'zsh'] },
    { command: '(exit 9)', exit: 9, only: ['bash', 'zsh'] },
    { command: `echo ${'x'.repeat(100_000)}`, exit: 0 },
  ];

  describe.each(SHELLS)('the commands of a user of %s', (shell) => {
    it('are recorded as given, with how they ended; the client sees nothing of it', async () => {
      const given = COMMANDS.filter(({ only }) => only === undefined || only.includes(shell));
      for (const { command, exit } of given) {
        const answer = await host.ssh(shell, command);
        expect([command.slice(0, 40), answer.code, answer.stderr]).toEqual([command.slice(0, 40), exit, '']);
      }
      const found = await recordedCommands(host.spool);
      const order = (list: readonly (readonly unknown[])[]): readonly string[] => list.map((each) => JSON.stringify(each)).sort();
      expect(order(found.map(({ text, exit, hidden }) => [text, exit, hidden]))).toEqual(
        order(given.map(({ command, exit }) => [command, exit, null])),
      );
      const opened = (await recordedLines(host.spool)).filter(({ kind }) => kind === 'opened');
      expect(opened.length).toBe(given.length);
      for (const line of opened) {
        expect(line).toMatchObject({
          shell: 'command',
          uid: UIDS[shell],
          header: { name: shell, mode: 'c', cwd: host.home(shell) },
        });
        expect(line.header?.['sshConnection']).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+$/);
      }
    });

    it('bytes go through in both directions as they are', async () => {
      const bytes = randomBytes(1_000_000);
      const answer = await host.ssh(shell, 'tee copy', bytes);
      expect([answer.code, answer.stderr, sum(answer.stdout)]).toEqual([0, '', sum(bytes)]);
      expect(sum(await readFile(join(host.home(shell), 'copy')))).toBe(sum(bytes));
      expect((await recordedCommands(host.spool)).map(({ text, exit }) => [text, exit])).toEqual([['tee copy', 0]]);
    });

    it('scp, sftp and rsync give one line each, and their files arrive whole', async () => {
      const bytes = randomBytes(700_000);
      const local = join(dir.path, `local-${shell}`);
      await writeFile(local, bytes);
      const remote = host.remote(shell);
      const transfers = {
        'scp to': () => host.scp([local, `${remote}:scp-new`]),
        'scp -O to': () => host.scp(['-O', local, `${remote}:scp-old`]),
        'scp -O from': () => host.scp(['-O', `${remote}:scp-old`, `${local}.old`]),
        sftp: () => host.sftp(shell, `put ${local} sftp-put\nget sftp-put ${local}.sftp\n`),
        'rsync to': () => host.rsync(['-a', local, `${remote}:rsynced`]),
        'rsync from': () => host.rsync(['-a', `${remote}:rsynced`, `${local}.rsync`]),
      };
      for (const [name, transfer] of Object.entries(transfers)) {
        const { code, stderr } = await transfer();
        expect([name, code, stderr]).toEqual([name, 0, '']);
      }
      const copies = ['scp-new', 'scp-old', 'sftp-put', 'rsynced'].map((name) => join(host.home(shell), name));
      for (const path of [...copies, `${local}.old`, `${local}.sftp`, `${local}.rsync`]) {
        expect([path, sum(await readFile(path))]).toEqual([path, sum(bytes)]);
      }
      const found = await recordedCommands(host.spool);
      expect(found.map(({ text, exit }) => `${text?.replace(/(--server).*/, '$1')} → ${exit}`).sort()).toEqual([
        '/usr/lib/openssh/sftp-server → 0',
        '/usr/lib/openssh/sftp-server → 0',
        'rsync --server → 0',
        'rsync --server → 0',
        'scp -f scp-old → 0',
        'scp -t scp-old → 0',
      ]);
      const written = (await readdir(host.spool)).map(async (name) => (await readFile(join(host.spool, name))).length);
      expect(Math.max(...(await Promise.all(written)))).toBeLessThan(2_000);
    });

    it('the START is there while the command runs, also of one that replaces or kills its shell', async () => {
      const running = host.ssh(shell, 'mkfifo gate; cat gate');
      await expect
        .poll(() => recordedCommands(host.spool))
        .toEqual([{ text: 'mkfifo gate; cat gate', exit: undefined, hidden: null }]);
      await expect.poll(() => readdir(host.home(shell))).toContain('gate');
      await writeFile(join(host.home(shell), 'gate'), 'through');
      expect((await running).stdout.toString()).toBe('through');
      await host.ssh(shell, 'exec sh -c "exit 6"').then(({ code }) => expect(code).toBe(6));
      await host.ssh(shell, shell === 'fish' ? 'kill -9 $fish_pid' : 'kill -9 $$');
      const found = (await recordedCommands(host.spool)).map(({ text, exit }) => [text?.replace(/\$.*/, ''), exit]);
      expect(found).toContainEqual(['exec sh -c "exit 6"', undefined]);
      expect(found).toContainEqual(['kill -9 ', undefined]);
    });

    it('what it starts by itself is not recorded: scripts, bash -c, pipes of other programs', async () => {
      const script = join(host.home(shell), 'script');
      await writeFile(script, 'echo from script\nbash -c "echo deeper"\nzsh -c "echo z"\nfish -c "echo f"\n');
      const line = 'bash script; zsh -c "echo one; echo two"; bash -c "echo one; echo two"; fish -c "echo one"';
      const answer = await host.ssh(shell, line);
      expect([answer.code, answer.stderr]).toEqual([0, '']);
      expect((await recordedCommands(host.spool)).map(({ text }) => text)).toEqual([line]);
    });

    it('works on as if nothing were there when there is no folder', async () => {
      await rename(host.spool, `${host.spool}.away`);
      try {
        expect(await host.ssh(shell, 'echo fine; sh -c "exit 5"')).toMatchObject({
          code: 5,
          stdout: Buffer.from('fine\n'),
          stderr: '',
        });
      } finally {
        await rename(`${host.spool}.away`, host.spool);
      }
    });

    it('a login with a terminal tells where it came from, line by line', async () => {
      await using running = host.login(shell);
      await running.waitFor(/pr0mpt> /);
      const end = shell === 'fish' ? '\r' : '\n';
      running.type(`echo over  "ssh"${end}`);
      const found = async () => (await recordedCommands(host.spool)).filter(({ exit }) => exit !== undefined);
      await expect.poll(found).toEqual([{ text: 'echo over  "ssh"', exit: 0, hidden: null }]);
      const [opened] = await recordedLines(host.spool);
      expect(opened).toMatchObject({ kind: 'opened', shell, uid: UIDS[shell], header: { name: shell, mode: 'l' } });
      expect(opened?.header?.['sshConnection']).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+$/);
    });
  });

  it('sudo -i, su and shells within shells: each one has a record of its own, as the user who it is', async () => {
    await using running = host.login('bash');
    for (const line of [
      'true in the login',
      'bash',
      'true nested',
      'exit',
      'sudo -i -u wp-zsh',
      'true as zsh',
      'bash',
      'true twice',
    ]) {
      await running.run(line);
    }
    for (const line of ['exit', 'exit', 'sudo su - wp-bash', 'true after su', 'exit', 'bash script.sh; bash -c "true unseen"']) {
      await running.run(line);
    }
    const lines = await recordedLines(host.spool);
    const found = lines.filter(({ kind }) => kind === 'start').map(({ uid, shell, text }) => `${uid} ${shell} ${text}`);
    expect(found.sort()).toEqual(
      [
        '64001 bash true in the login',
        '64001 bash bash',
        '64001 bash true nested',
        '64001 bash exit',
        '64001 bash sudo -i -u wp-zsh',
        '64002 zsh true as zsh',
        '64002 zsh bash',
        '64002 bash true twice',
        '64002 bash exit',
        '64002 zsh exit',
        '64001 bash sudo su - wp-bash',
        '64001 bash true after su',
        '64001 bash exit',
        '64001 bash bash script.sh; bash -c "true unseen"',
      ].sort(),
    );
  });
});
