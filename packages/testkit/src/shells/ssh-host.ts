import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import type { ShellName } from './hooked-shell.ts';
import { PROMPT, type PtyShell, startPtyShell } from './pty-shell.ts';

/** What a program answered. */
export type Answer = { readonly code: number | null; readonly stdout: Buffer; readonly stderr: string };

/** A real sshd on loopback, with a user for each shell, and a place of its own for `/etc`, `/run` and `/var/spool`. */
export type SshHost = AsyncDisposable & {
  /** Where the hooks write: what is `/var/spool/watchpost/shells` to the users of the host. */
  readonly spool: string;
  readonly home: (shell: ShellName) => string;
  /** `ssh user@host command`, or a program that speaks through ssh; `remote` stands for the user at the host. */
  readonly ssh: (shell: ShellName, command: string, input?: Buffer) => Promise<Answer>;
  readonly scp: (args: readonly string[]) => Promise<Answer>;
  readonly sftp: (shell: ShellName, batch: string) => Promise<Answer>;
  readonly rsync: (args: readonly string[]) => Promise<Answer>;
  readonly remote: (shell: ShellName) => string;
  /** A login with a terminal. */
  readonly login: (shell: ShellName) => PtyShell;
};

const SHELLS: readonly ShellName[] = ['bash', 'zsh', 'fish'];
const FIRST_UID = 64_001;
const PROGRAM_MS = 60_000;

/** Why no such host can be had here; null: it can. */
export function whyNoSshHost(): string | null {
  if (process.getuid?.() !== 0) return 'only root can start an sshd with users of its own';
  for (const program of ['/usr/sbin/sshd', 'ssh', 'rsync', 'sudo', 'unshare']) {
    if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) return `${program} is not installed`;
  }
  return spawnSync('unshare', ['--mount', 'true']).status === 0 ? null : 'mount namespaces are not allowed here';
}

/**
 * Starts sshd in a mount namespace with a copy of `/etc`, in which the hooks are installed for all users as the guide says.
 * Nothing outside of `dir` is changed.
 */
export async function startSshHost(options: {
  readonly dir: string;
  readonly hookPath: (shell: ShellName) => string;
}): Promise<SshHost> {
  const root = join(options.dir, 'host');
  const etc = join(root, 'etc');
  const spool = join(root, 'spool/watchpost/shells');
  const home = (shell: ShellName): string => join(root, `home-${shell}`);
  const user = (shell: ShellName): string => `wp-${shell}`;
  await chmod(options.dir, 0o755);
  await mkdir(spool, { recursive: true });
  await chmod(spool, 0o1733);
  execFileSync('cp', ['-a', '/etc', root]);
  await installHooks(etc, options.hookPath);
  const key = join(root, 'key');
  for (const path of [key, join(etc, 'ssh/watchpost_host_key')]) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  }
  for (const [index, shell] of SHELLS.entries()) {
    await addUser({ etc, name: user(shell), shell, uid: FIRST_UID + index, home: home(shell), publicKey: `${key}.pub` });
  }
  await writeFile(join(etc, 'sudoers.d/watchpost-test'), `${user('bash')} ALL=(ALL) NOPASSWD: ALL\n`, { mode: 0o440 });
  const port = await freePort();
  await writeFile(join(etc, 'ssh/watchpost_sshd'), sshdConfig(port));

  const mounts =
    'mount --bind "$1/etc" /etc && mount --bind "$1/spool" /var/spool && mount -t tmpfs tmpfs /run && mkdir /run/sshd';
  const sshd = spawn(
    'unshare',
    ['--mount', 'sh', '-c', `${mounts} && exec /usr/sbin/sshd -D -e -f /etc/ssh/watchpost_sshd`, 'sh', root],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
  );
  let log = '';
  const { promise: listens, resolve, reject } = Promise.withResolvers<void>();
  sshd.stderr.on('data', (bytes: Buffer) => {
    log += bytes.toString('utf8');
    if (log.includes('Server listening')) resolve();
  });
  const ended = once(sshd, 'close');
  void ended.then(() => reject(new Error(`sshd ended: ${log}`)));
  await listens;

  const secure = ['-F', '/dev/null', '-i', key, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no'];
  const clientOptions = [...secure, '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
  const remote = (shell: ShellName): string => `${user(shell)}@127.0.0.1`;
  const run = (program: string, args: readonly string[], input?: Buffer): Promise<Answer> => runProgram(program, args, input);
  return {
    spool,
    home,
    remote,
    ssh: (shell, command, input) => run('ssh', [...clientOptions, '-p', String(port), remote(shell), command], input),
    scp: (args) => run('scp', ['-q', ...clientOptions, '-P', String(port), ...args]),
    sftp: (shell, batch) =>
      run('sftp', ['-q', ...clientOptions, '-P', String(port), '-b', '-', remote(shell)], Buffer.from(batch)),
    rsync: (args) => run('rsync', ['-e', ['ssh', ...clientOptions, '-p', String(port)].join(' '), ...args]),
    login: (shell) =>
      startPtyShell(['ssh', '-tt', ...clientOptions, '-p', String(port), remote(shell)].join(' '), {
        env: { HOME: root },
        cwd: root,
      }),
    async [Symbol.asyncDispose]() {
      sshd.kill('SIGTERM');
      await ended;
    },
  };
}

/** The lines that the guide names, above all others. */
async function installHooks(etc: string, hookPath: (shell: ShellName) => string): Promise<void> {
  await mkdir(join(etc, 'watchpost'), { mode: 0o755 });
  for (const shell of SHELLS) {
    await copyFile(hookPath(shell), join(etc, `watchpost/watchpost.${shell}`));
    await chmod(join(etc, `watchpost/watchpost.${shell}`), 0o644);
  }
  for (const [file, shell] of [
    ['bash.bashrc', 'bash'],
    ['zsh/zshenv', 'zsh'],
    ['zsh/zshrc', 'zsh'],
  ] as const) {
    const path = join(etc, file);
    const before = await readFile(path, 'utf8').catch(() => '');
    await writeFile(path, `. /etc/watchpost/watchpost.${shell}\n${before}`);
  }
  await mkdir(join(etc, 'fish/conf.d'), { recursive: true });
  await writeFile(join(etc, 'fish/conf.d/watchpost.fish'), 'source /etc/watchpost/watchpost.fish\n');
}

async function addUser(options: {
  readonly etc: string;
  readonly name: string;
  readonly shell: ShellName;
  readonly uid: number;
  readonly home: string;
  readonly publicKey: string;
}): Promise<void> {
  const { etc, name, shell, uid, home, publicKey } = options;
  await appendFile(join(etc, 'passwd'), `${name}:x:${uid}:${uid}::${home}:/usr/bin/${shell}\n`);
  await appendFile(join(etc, 'shadow'), `${name}:*:19000:0:99999:7:::\n`);
  await appendFile(join(etc, 'group'), `${name}:x:${uid}:\n`);
  const files: Readonly<Record<string, string>> = {
    // The start files of Debian's users end here for a shell that nobody types in.
    '.bashrc': `case $- in *i*) ;; *) return;; esac\nPS1='${PROMPT}' PS2=''\nbind 'set enable-bracketed-paste off'\n`,
    '.bash_profile': '. ~/.bashrc\n',
    '.zshrc': `unsetopt zle prompt_cr prompt_sp\nPS1='${PROMPT}' PS2=''\n`,
    '.config/fish/config.fish': `function fish_prompt; echo -n '${PROMPT}'; end\nfunction fish_title; end\nset -g fish_greeting ''\n`,
  };
  for (const folder of ['.ssh', '.config/fish']) await mkdir(join(home, folder), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(home, file), text);
  await copyFile(publicKey, join(home, '.ssh/authorized_keys'));
  execFileSync('chown', ['-R', `${uid}:${uid}`, home]);
}

function sshdConfig(port: number): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey /etc/ssh/watchpost_host_key
PidFile none
UsePAM no
PasswordAuthentication no
StrictModes no
PrintMotd no
PrintLastLog no
Subsystem sftp /usr/lib/openssh/sftp-server
`;
}

async function runProgram(program: string, args: readonly string[], input?: Buffer): Promise<Answer> {
  const child = spawn(program, args, { stdio: 'pipe', timeout: PROGRAM_MS });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8') };
}
