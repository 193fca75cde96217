import { readFileSync } from 'node:fs';
import { readlink, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@watchpost/contracts/errors/app-error';

const NAME = 'lock';
const DEAD = '-';
/** A holder that was just killed may still be ending: how long it is given, and how often it is looked at, ms. */
const ENDING_MS = 2_000;
const LOOK_EVERY_MS = 20;

/**
 * Makes sure that one process at a time uses a spool. The lock is a symbolic link whose text names the holder by process
 * id, start time and boot: it is made in one step, also on a full disk, and that of a process that died does not hold,
 * even when nobody has waited for it (a zombie).
 * @throws AppError `spool-failed` when another process has it and does not end within two seconds.
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
    const [pid = '', start = DEAD, boot] = holder.split(' ');
    if (boot === bootId() && start !== DEAD && (await outlives(Number(pid), start)))
      throw new AppError('spool-failed', `${dir} is in use by process ${pid}`);
    await unlink(path).catch(() => {});
  }
  throw new AppError('spool-failed', `${path} cannot be taken`);
}

/** Whether the process that began then is still there after the time that an end may take. */
async function outlives(pid: number, start: string): Promise<boolean> {
  const until = performance.now() + ENDING_MS;
  while (startOf(pid) === start) {
    if (pid === process.pid || performance.now() >= until) return true;
    await wait(LOOK_EVERY_MS);
  }
  return false;
}

/** When a process began, in ticks since the boot (proc(5), field 22); `-` when there is none, or only its zombie. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = '', start = DEAD] = [fields[0], fields[19]];
    // The first thread may be over while others still write.
    return /[ZX]/.test(state) && Number(fields[17]) <= 1 ? DEAD : start;
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
