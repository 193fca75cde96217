import { readFileSync } from 'node:fs';
import { readlink, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@watchpost/contracts/errors/app-error';

const NAME = 'lock';
const DEAD = '-';

/**
 * Makes sure that one process at a time uses a spool. The lock is a symbolic link whose text names the holder by process
 * id, start time and boot: it is made in one step, also on a full disk, and that of a process that died does not hold.
 * @throws AppError `spool-failed` when another process has it.
 */
export async function lockSpool(dir: string): Promise<{ readonly release: () => Promise<void> }> {
  const path = join(dir, NAME);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await symlink(`${process.pid} ${startOf(process.pid)} ${bootId()}`, path);
      return { release: () => unlink(path).catch(() => {}) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw new AppError('spool-failed', `${path} cannot be written`, { cause: error });
      }
    }
    const holder = await readlink(path).catch(() => '');
    const [pid, start, boot] = holder.split(' ');
    const isHeld = boot === bootId() && start !== undefined && start !== DEAD && start === startOf(Number(pid));
    if (isHeld) throw new AppError('spool-failed', `${dir} is in use by process ${pid}`);
    await unlink(path).catch(() => {});
  }
  throw new AppError('spool-failed', `${path} cannot be taken`);
}

/** When a process began, in ticks since the boot (proc(5), field 22); `-` when there is none. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? DEAD;
  } catch {
    try {
      process.kill(pid, 0);
      return 'alive'; // no /proc on this system
    } catch {
      return DEAD;
    }
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '-';
  }
}
