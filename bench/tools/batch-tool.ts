import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import { WATCHPOST_BIN } from '@watchpost/testkit/watchpost-process';
import type { StartTool } from './tool.ts';

/** Our own: `watchpost probe batch`, the scheduler, worker and prober of the agent. */
export const startBatchTool: StartTool = async (target) => {
  const command = [process.execPath, WATCHPOST_BIN, 'probe', 'batch', '--concurrency', '10', '--overload-ms', '10000'];
  const [file, ...args] = await target.wrap(command);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const pid = child.pid ?? 0;
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`watchpost probe batch ended with ${code}`)));
  ended.catch(() => {});
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
      const check = { kind: 'http', url, caPem: url.startsWith('https:') ? target.caPem : null };
      const line = `${JSON.stringify({ id: 'bench', check })}\n`;
      for (let sent = 0; sent < times; sent += 1)
        if (!child.stdin.write(line)) await Promise.race([once(child.stdin, 'drain'), ended]);
      await Promise.race([promise, ended]);
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
};
