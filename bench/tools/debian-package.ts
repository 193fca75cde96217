import { spawnSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const DOWNLOAD_MS = 60_000;

/**
 * The files of Debian packages in a folder of the bench: for what would change the whole machine if it were installed.
 * null: they cannot be had here.
 */
export async function fetchDebianPackages(dir: string, names: readonly string[]): Promise<string | null> {
  await mkdir(dir);
  spawnSync('apt-get', ['download', ...names], { cwd: dir, stdio: 'ignore', timeout: DOWNLOAD_MS });
  const files = (await readdir(dir)).filter((name) => name.endsWith('.deb'));
  if (files.length < names.length) return null;
  const root = join(dir, 'root');
  const isUnpacked = files.every((file) => spawnSync('dpkg', ['-x', file, root], { cwd: dir, stdio: 'ignore' }).status === 0);
  return isUnpacked ? root : null;
}

/** The first file below a folder whose path ends like this, with the wildcards of a shell; null: there is none. */
export function findFile(root: string, end: string): string | null {
  const found = spawnSync('find', [root, '-path', `*/${end}`, '-not', '-type', 'd'], { encoding: 'utf8' }).stdout.trim();
  return found === '' ? null : (found.split('\n')[0] ?? null);
}
