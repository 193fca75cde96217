import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { StartTool } from './tool.ts';

const run = promisify(execFile);

/** `curl --parallel`: one process for all the probes of a call. */
export const startCurlTool: StartTool = async (target) => ({
  name: 'curl',
  // Children of this process that have ended: cutime and cstime, in ticks of 10 ms. Nothing else may end meanwhile.
  cpuUs: () => {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10_000;
  },
  probe: async (url, times, atOnce) => {
    const args = ['-sS', '--fail', '--parallel', '--parallel-max', String(atOnce), '--no-sessionid', '--cacert', target.caFile];
    const [file, ...rest] = await target.wrap(['curl', ...args, '-o', '/dev/null', manyAddresses(url, times)]);
    await run(file, rest, { timeout: 120_000 });
  },
  [Symbol.asyncDispose]: async () => {},
});

/** curl's pattern for as many addresses; of other hosts where names are looked up, since curl remembers the names it knows. */
function manyAddresses(url: string, times: number): string {
  const range = `[1-${times}]`;
  return url.includes('//target.') ? url.replace('//target.', `//target${range}.`) : `${url}?${range}`;
}
