import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signIn } from '@watchpost/testkit/api-client';
import { freePort } from '@watchpost/testkit/free-port';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('npm start prints the URL of a product whose data moves, and ends cleanly', async () => {
  await using data = await createTempDir('npm-start');
  const port = await freePort();
  const env = { ...process.env, WATCHPOST_LISTEN: `127.0.0.1:${port}`, WATCHPOST_DATA: relative(ROOT, data.path) };
  const started = spawn('npm', ['start', '--silent'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { pid } = started;
  if (pid === undefined) throw new Error('npm could not be started');
  try {
    let output = '';
    const url = `http://127.0.0.1:${port}`;
    started.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    started.stderr.resume();
    await expect.poll(() => output, { timeout: 120_000 }).toContain(`is at ${url}`);

    const api = await signIn(url);
    await expect
      .poll(() => api.json<{ targets: { lines: { outcome: string }[] }[] }>('GET', '/overview?range=3h'))
      .toMatchObject({ targets: [{ name: 'Watchpost itself', lines: [{ outcome: 'up' }] }] });

    started.kill('SIGTERM');
    await once(started, 'exit');
    await expect.poll(() => isGroupGone(pid)).toBe(true);
  } finally {
    if (!isGroupGone(pid)) process.kill(-pid, 'SIGKILL');
  }
});

function isGroupGone(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return false;
  } catch {
    return true;
  }
}
