// Builds the page when its sources have changed since the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const stamp = 'packages/web/dist/.built-from';
const sources = ['packages/web', 'packages/charts', 'packages/contracts', 'package-lock.json'];

export function buildPage() {
  const hash = createHash('sha256');
  for (const source of sources) addTo(hash, source);
  const current = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === current) return;
  console.error('Building the page (once per change)...');
  const build = spawnSync(join(process.cwd(), 'node_modules/.bin/vite'), ['build', '--logLevel', 'warn'], {
    cwd: 'packages/web',
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: `${join(process.cwd(), 'node_modules/.bin')}:${process.env.PATH}` },
  });
  if (build.status !== 0) process.exit(build.status ?? 1);
  writeFileSync(stamp, current);
}

function addTo(hash, path) {
  const entries = path.includes('.json')
    ? null
    : readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries === null) return void hash.update(path).update(readFileSync(path));
  for (const entry of entries) {
    if (entry.name === 'dist' || entry.name === 'node_modules') continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) addTo(hash, child);
    else hash.update(child).update(readFileSync(child));
  }
}
