import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Ends a process of ours at once, and waits until it is gone. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
