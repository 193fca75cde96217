// Installs Debian packages that tests or benches need, where that is possible (root, apt) and they are missing.
import { spawnSync } from 'node:child_process';

/** `wanted`: program -> Debian package that brings it. Gives the programs that are still missing. */
export function installDebian(wanted) {
  const missing = () => Object.keys(wanted).filter((program) => !isThere(program));
  const before = missing();
  if (before.length === 0) return [];
  const packages = [...new Set(before.map((program) => wanted[program]))];
  if (process.getuid?.() !== 0 || !isThere('apt-get')) return before;
  console.error(`Installing Debian packages: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], { stdio: ['ignore', 'ignore', 2], env });
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
  return missing();
}

function isThere(program) {
  if (program.startsWith('/')) return spawnSync('test', ['-e', program]).status === 0;
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}
