import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readTreeUsage } from '@watchpost/testkit/process-tree';
import type { StartTool } from './tool.ts';

/** What a client process is asked to do. */
export type ClientOrder = { readonly url: string; readonly times: number; readonly atOnce: number; readonly caPem: string };
export type ClientName = 'prober' | 'undici' | 'axios';
const MAIN = fileURLToPath(new URL('client-main.ts', import.meta.url));

/** A client library (or the prober itself, without the agent around it) in a Node process of its own. */
export const startClientTool =
  (client: ClientName): StartTool =>
  async (target) => {
    const [file, ...args] = await target.wrap([process.execPath, MAIN, client]);
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    return {
      name: client,
      cpuUs: () => readTreeUsage(child.pid ?? 0).cpuUs,
      probe: async (url, times, atOnce) => {
        const order: ClientOrder = { url, times, atOnce, caPem: target.caPem };
        const answer = once(child, 'message');
        child.send(order);
        const [failure] = (await answer) as [string | null];
        if (failure !== null && failure !== 'done') throw new Error(`${client}: ${failure}`);
      },
      [Symbol.asyncDispose]: async () => {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      },
    };
  };
