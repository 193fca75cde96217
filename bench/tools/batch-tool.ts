import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { WATCHPOST_BIN } from '@watchpost/testkit/watchpost-process';
import type { StartTool } from './tool.ts';

/** Our own: `watchpost probe batch`, the scheduler, worker and prober of the agent. */
export const startBatchTool: StartTool = async (target) => {
  const child = spawn(process.execPath, [WATCHPOST_BIN, 'probe', 'batch', '--concurrency', '10'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const pid = child.pid ?? 0;
  let onLine = (_line: string): void => {};
  createInterface({ input: child.stdout }).on('line', (line) => onLine(line));
  return {
    name: 'watchpost',
    cpuUs: () => readTreeUsage(pid).cpuUs,
    probe: async (url, times) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let left = times;
      onLine = (line) => {
        if (!line.includes('"outcome":"up"')) reject(new Error(`watchpost probe batch: ${line.slice(0, 500)}`));
        left -= 1;
        if (left === 0) resolve();
      };
      child.once('exit', () => reject(new Error('watchpost probe batch ended')));
      const check = { kind: 'http', url, caPem: url.startsWith('https:') ? target.caPem : null };
      const line = `${JSON.stringify({ id: 'bench', check })}\n`;
      for (let sent = 0; sent < times; sent += 1) if (!child.stdin.write(line)) await once(child.stdin, 'drain');
      await promise;
      child.removeAllListeners('exit');
    },
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
};
