import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { readTreeUsage } from './process-tree.ts';

test('a grandchild counts, with its memory and its time', async () => {
  const grandchild = `const b = Buffer.alloc(50e6, 1); const end = process.cpuUsage().user + 200e3; while (process.cpuUsage().user < end); console.log(b.length); setInterval(() => {}, 1000)`;
  const script = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  const usage = readTreeUsage(pid);
  process.kill(-pid, 'SIGKILL');
  await exited;
  expect(usage.pids).toHaveLength(2);
  expect(usage.rssBytes).toBeGreaterThan(50e6);
  expect(usage.cpuUs).toBeGreaterThanOrEqual(200_000);
  expect(readTreeUsage(pid).rssBytes).toBe(0);
});
