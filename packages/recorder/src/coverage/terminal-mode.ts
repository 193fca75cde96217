import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readlinkSync } from 'node:fs';

const run = promisify(execFile);
const TIMEOUT_MS = 2_000;

/**
 * Whether the terminal of a process hands over each key as it is pressed, as the line editors of shells set it while they wait
 * at a prompt; what `read` or a program reads by lines leaves it otherwise. Null: unknown. Starts a process: stty(1).
 */
export async function isTerminalRaw(procDir: string, pid: number): Promise<boolean | null> {
  try {
    const terminal = readlinkSync(`${procDir}/${pid}/fd/0`);
    if (!/^\/dev\/(?:pts\/|tty)/.test(terminal)) return null;
    const { stdout } = await run('stty', ['-F', terminal, '-a'], {
      timeout: TIMEOUT_MS,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    });
    return stdout.includes('-icanon');
  } catch {
    return null;
  }
}
