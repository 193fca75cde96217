import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PROMPT, startPtyShell } from '@watchpost/testkit/shells/pty-shell';
import { createTempDir, type TempDir } from '@watchpost/testkit/temp-dir';
import { runWatchpost, WATCHPOST_BIN } from '@watchpost/testkit/watchpost-process';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { serviceUnit } from './service-unit.ts';

let dir: TempDir;
beforeEach(async () => void (dir = await createTempDir('install')));
afterEach(() => dir.remove());

/** Files by path: kind, mode and bytes. */
async function tree(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(root, { recursive: true })).toSorted()) {
    const path = join(root, name);
    const stat = await lstat(path);
    const content = stat.isSymbolicLink() ? await readlink(path) : stat.isFile() ? await readFile(path, 'latin1') : '';
    found[name] = `${stat.mode.toString(8)} ${content}`;
  }
  return found;
}

async function makeSystem(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const root = join(dir.path, 'system');
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}
const DEBIAN = {
  'etc/bash.bashrc': '# If not running interactively\n[ -z "$PS1" ] && return\nalias ll="ls -l"\n',
  'etc/profile.d/other.sh': 'true\n',
  'etc/zsh/zshrc': Buffer.from('# caf\xe9 without a last line break', 'latin1'),
  'etc/fish/config.fish': '',
  'var/spool/cron/x': '',
  'usr/local/lib/other': '',
};
const REDHAT = { 'etc/bashrc': '# bashrc\n', 'etc/profile.d/other.sh': '', 'etc/zshrc': '', 'etc/zshenv': 'x=1\n' };
const run = (action: 'install' | 'uninstall', root: string, ...more: string[]) =>
  runWatchpost(['recorder', action, '--root', root, ...more], { input: '' });

describe.each([
  [
    'Debian',
    DEBIAN,
    ['etc/bash.bashrc', 'etc/fish/conf.d/watchpost.fish', 'etc/profile.d/watchpost.sh', 'etc/zsh/zshenv', 'etc/zsh/zshrc'],
  ],
  ['others', REDHAT, ['etc/bashrc', 'etc/profile.d/watchpost.sh', 'etc/zshenv', 'etc/zshrc']],
] as const)('on a system like %s', (_, files, touched) => {
  it('installing twice is installing once, and removing gives the same bytes', async () => {
    const root = await makeSystem(files);
    const file = join(root, touched[0]);
    await chmod(file, 0o640);
    const before = await tree(root);

    const first = await run('install', root, '--yes');
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    const installed = await tree(root);
    const changed = Object.keys(installed).filter((path) => path.startsWith('etc/') && installed[path] !== before[path]);
    expect(changed.filter((path) => installed[path]?.includes('/usr/local/lib/watchpost/hooks')).toSorted()).toEqual(touched);
    for (const [path, content] of Object.entries(files)) {
      if (touched.includes(path as never)) {
        expect(installed[path]?.endsWith(content.toString('latin1'))).toBe(true);
        expect(installed[path]).toMatch(/^\d+ # >>> watchpost/);
        expect(first.stdout).toContain(join(root, path));
      }
    }
    expect((await lstat(file)).mode % 0o1000).toBe(0o640);
    expect((await lstat(join(root, 'var/spool/watchpost/shells'))).mode % 0o10000).toBe(0o1733);
    expect(installed['etc/systemd/system/watchpost-recorder.service']).toContain(' recorder\n');

    const again = await run('install', root, '--yes');
    expect(again.stdout).toContain('nothing to do');
    expect(await tree(root)).toEqual(installed);

    expect((await run('uninstall', root, '--yes')).code).toBe(0);
    const after = await tree(root);
    // Folders of the system that were not there may stay.
    const lasting = Object.entries(after).filter(([path, content]) => path in before || !content.startsWith('40'));
    expect(Object.fromEntries(lasting)).toEqual(before);
    expect((await run('uninstall', root, '--yes')).stdout).toContain('nothing to do');
  });
});

test('nothing is done without being printed and allowed', async () => {
  const root = await makeSystem(DEBIAN);
  const before = await tree(root);
  const dry = await run('install', root, '--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain('. /usr/local/lib/watchpost/hooks/watchpost.bash');
  const asked = await run('install', root);
  expect(asked.code).toBe(1);
  expect(asked.stdout).toContain(`${root}/etc/bash.bashrc`);
  expect(asked.stderr).toContain('there is no terminal to ask on. Give --yes');
  expect(await tree(root)).toEqual(before);

  const env = { PS1: PROMPT };
  const command = `${process.execPath} ${WATCHPOST_BIN} recorder install --root ${root}`;
  {
    await using refusing = startPtyShell(command, { env, cwd: '/' });
    await refusing.waitFor(/Go on\? \[y\/N\]/);
    refusing.type('\n');
    await refusing.waitFor(/Nothing was changed/);
  }
  expect(await tree(root)).toEqual(before);
  await using agreeing = startPtyShell(command, { env, cwd: '/' });
  await agreeing.waitFor(/Go on\? \[y\/N\]/);
  agreeing.type('y\n');
  await agreeing.waitFor(/Done\./);
  expect(await readFile(join(root, 'etc/bash.bashrc'), 'utf8')).toMatch(/^# >>> watchpost/);
});

test('what a person changed stays: lines beside the block, torn marks, links, records that nobody read', async () => {
  const root = await makeSystem({ ...DEBIAN, 'etc/zsh/real': 'z=1\n' });
  await symlink('real', join(root, 'etc/zsh/zshenv'));
  const linked = await run('install', root, '--yes');
  expect(linked.stdout).toContain('etc/zsh/zshenv is a symbolic link: it stays');
  expect(await readFile(join(root, 'etc/zsh/real'), 'utf8')).toBe('z=1\n');

  const bashrc = join(root, 'etc/bash.bashrc');
  await writeFile(bashrc, `export ABOVE=1\n${await readFile(bashrc, 'utf8')}export BELOW=1\n`);
  const zshrc = join(root, 'etc/zsh/zshrc');
  const torn = (await readFile(zshrc, 'latin1')).replace(/# <<< watchpost.*\n/, '');
  await writeFile(zshrc, torn, 'latin1');
  await writeFile(join(root, 'etc/fish/conf.d/watchpost.fish'), '# mine now\n');
  await writeFile(join(root, 'var/spool/watchpost/shells/b.0.1.1.1'), '');

  const removed = await run('uninstall', root, '--yes');
  expect(removed.code).toBe(0);
  expect(await readFile(bashrc, 'utf8')).toBe(`export ABOVE=1\n${DEBIAN['etc/bash.bashrc']}export BELOW=1\n`);
  expect(await readFile(zshrc, 'latin1')).toBe(torn);
  expect(removed.stdout).toContain('zshrc has only one of the two marks');
  expect(removed.stdout).toContain('watchpost.fish was changed by hand: it stays');
  expect(removed.stdout).toContain('it holds 1 files of shells');
});

test('the unit names the program that installs, and systemd understands it', async (context) => {
  const unit = serviceUnit('/opt/a b/node', '/root/50%/watchpost.mjs');
  expect(unit).toContain('\nExecStart="/opt/a b/node" /root/50%%/watchpost.mjs recorder\n');
  expect(unit).toContain('\nProtectHome=read-only\n');
  expect(serviceUnit('/opt/node', '/opt/watchpost.mjs')).toContain('\nProtectHome=yes\n');
  const path = join(dir.path, 'watchpost-recorder.service');
  await writeFile(path, serviceUnit());
  try {
    execFileSync('systemd-analyze', ['verify', path], { stdio: 'pipe' });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer };
    if (code === 'ENOENT') return context.skip('systemd-analyze is not there');
    expect(String(stderr)).toBe('');
  }
});

/** A copy of this machine's `/etc`, `/usr/local/lib` and `/var/spool` for all that runs in it; null: not possible here. */
async function startOwnMachine(work: string) {
  const layers = ['/etc', '/usr/local/lib', '/var/spool'].map((path, index) => {
    const upper = join(work, `upper-${index}`);
    const spare = join(work, `spare-${index}`);
    const mounting = `mount -t overlay overlay -o lowerdir=${path},upperdir=${upper},workdir=${spare} ${path}`;
    return `mkdir ${upper} ${spare} && ${mounting}`;
  });
  // A systemd of the real machine must not hear of this.
  const hidden = 'if [ -d /run/systemd ]; then mount -t tmpfs tmpfs /run/systemd; fi';
  const script = `mount --make-rprivate / && mount -t tmpfs tmpfs ${work} && ${[...layers, hidden].join(' && ')} && echo ready && exec cat`;
  const holder = spawn('unshare', ['-m', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  holder.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = once(holder, 'close');
  const ready = await Promise.race([once(holder.stdout, 'data'), ended, once(holder, 'error')]);
  const inside = ['nsenter', '-m', '-t', String(holder.pid), '--'];
  return {
    trouble: String(ready[0]).startsWith('ready') ? null : stderr,
    inside: inside.join(' '),
    run: (command: string) => execFileSync('nsenter', [...inside.slice(1), 'sh', '-c', command], { encoding: 'utf8' }),
    [Symbol.asyncDispose]: async () => {
      holder.stdin.end();
      await ended;
    },
  };
}

test('real shells of a machine on which it was installed are recorded, also login shells; after removal they are not', async (context) => {
  await using machine = await startOwnMachine(await mkdir(join(dir.path, 'work')).then(() => join(dir.path, 'work')));
  if (machine.trouble !== null) return context.skip(`needs root and overlay mounts in a namespace: ${machine.trouble}`);
  const home = join(dir.path, 'home');
  await mkdir(join(home, '.config/fish'), { recursive: true });
  const prompt = `PS1='${PROMPT}'\n`;
  await writeFile(join(home, '.bashrc'), prompt);
  await writeFile(join(home, '.bash_profile'), prompt);
  await writeFile(join(home, '.zshrc'), `unsetopt zle prompt_cr prompt_sp\n${prompt}`);
  await writeFile(join(home, '.config/fish/config.fish'), `function fish_prompt; echo -n '${PROMPT}'; end\n`);
  const program = `${process.execPath} ${WATCHPOST_BIN} recorder`;
  const etc = () => machine.run('cd /etc && find . -type f -o -type l | sort | xargs md5sum 2>/dev/null || true');
  const before = etc();
  expect(machine.run(`${program} install --yes`)).toContain('Done.');
  const installed = etc();
  expect(installed).not.toBe(before);
  expect(machine.run(`${program} install --yes`)).toContain('nothing to do');
  expect(etc()).toBe(installed);

  const shells = ['bash', 'bash --login', 'zsh', 'zsh --login', 'fish'];
  const typeIn = async (command: string, line: string): Promise<void> => {
    await using shell = startPtyShell(`${machine.inside} ${command}`, {
      env: { HOME: home, ZDOTDIR: home, HISTFILE: '/dev/null' },
      cwd: home,
    });
    await shell.waitFor(/pr0mpt> /);
    shell.type(`${line}; echo "ty""ped"${command === 'fish' ? '\r' : '\n'}`);
    await shell.waitFor(/typed/);
  };
  for (const [index, command] of shells.entries()) await typeIn(command, `true number-${index}`);
  const starts = machine
    .run(`${program} dump --json`)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { kind: string; shell: string; text?: string })
    .filter(({ kind }) => kind === 'start');
  const seen = starts.map(({ shell, text = '' }) => `${shell} ${/number-\d/.exec(text)?.[0]}`).toSorted();
  expect(seen).toEqual(['bash number-0', 'bash number-1', 'fish number-4', 'zsh number-2', 'zsh number-3']);

  machine.run('rm -rf /var/spool/watchpost/shells/*');
  expect(machine.run(`${program} uninstall --yes`)).toContain('Done.');
  expect(etc()).toBe(before);
  expect(machine.run('ls /usr/local/lib /var/spool')).not.toContain('watchpost');
  await typeIn('bash --login', 'true after');
  expect(machine.run('ls /var/spool')).not.toContain('watchpost');
});
