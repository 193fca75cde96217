// Installs what the repository needs, once per lockfile. Runs on whatever Node the machine has (20 or newer):
// the Node that Watchpost itself runs on comes with the packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const stamp = 'node_modules/.watchpost-installed';
const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const isInstalled = existsSync('node_modules/.bin/node') && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;

if (!isInstalled) {
  console.error('Installing packages (once, about a minute)...');
  // Not `npm ci`: it refuses when a registry does not carry the optional packages of other platforms. The versions are
  // those of the lockfile either way, and nothing is written back.
  const install = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
  });
  if (install.status !== 0) process.exit(install.status ?? 1);
  writeFileSync(stamp, lock);
}
