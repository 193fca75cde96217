import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether this user may give a process a resolv.conf of its own: root with the right to mount. */
export async function canUseResolverNamespace(): Promise<boolean> {
  return run('unshare', ['-m', 'true'], { timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

/** A loopback address for the DNS server of this run: two benches at once do not meet on port 53. */
export function ownNameserver(): string {
  return `127.53.${(process.pid >> 8) & 255}.${process.pid & 255 || 1}`;
}

/** The command that runs `command` with `nameserver` (an address; the port is 53) as the resolver of its system. */
export async function inResolverNamespace(
  command: readonly string[],
  nameserver: string,
  dir: string,
): Promise<readonly string[]> {
  const file = join(dir, 'resolv.conf');
  await writeFile(file, `nameserver ${nameserver}\n`);
  return ['unshare', '-m', 'sh', '-c', `mount --bind '${file}' /etc/resolv.conf && exec "$@"`, 'sh', ...command];
}
