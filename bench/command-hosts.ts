import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { killChild } from '@watchpost/testkit/kill-child';

/** A host whose commands are made by {@link startCommandHosts}. */
export type SimulatedHost = { readonly hostId: string; readonly key: string };
export type HostsOrder = {
  readonly serverUrl: string;
  readonly hosts: readonly SimulatedHost[];
  readonly commandsPerS: number;
};
/** What they did. `sendMs`: from a batch's first byte to its acknowledgement. `pushedBack`: how often the server asked to wait. */
export type HostsReport = {
  readonly records: number;
  readonly commands: number;
  readonly seconds: number;
  readonly pushedBack: number;
  readonly sendMs: readonly number[];
};

const MAIN = fileURLToPath(new URL('command-hosts-main.ts', import.meta.url));
const READY_MS = 20_000;

/**
 * Hosts in one process of their own, each with a chain of its own: they chain, compress and send START and END as the
 * uplink of a recorder does: two batches under way at most, each 20 ms after the first record in it.
 */
export async function startCommandHosts(order: HostsOrder): Promise<
  AsyncDisposable & {
    /** Ends the typing and waits until all is acknowledged. */
    readonly finish: () => Promise<HostsReport>;
    readonly pid: number;
  }
> {
  const child: ChildProcess = fork(MAIN);
  const [ready] = (await once(child, 'message', { signal: AbortSignal.timeout(READY_MS) })) as [string];
  if (ready !== 'ready') throw new Error(`the simulated hosts said ${ready}`);
  child.send(order);
  return {
    pid: child.pid ?? 0,
    async finish() {
      const answer = once(child, 'message', { signal: AbortSignal.timeout(READY_MS) });
      child.send('finish');
      const [report] = (await answer) as [HostsReport | { readonly failure: string }];
      if ('failure' in report) throw new Error(`a simulated host failed: ${report.failure}`);
      return report;
    },
    [Symbol.asyncDispose]: () => killChild(child),
  };
}
