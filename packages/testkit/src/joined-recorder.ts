import type { LossBudget } from '@watchpost/contracts/agents/recorder-wire';
import type { ApiClient } from './api-client.ts';
import { runWatchpost, startWatchpost, type WatchpostProcess } from './watchpost-process.ts';

/** A host that has joined a server, and its `watchpost recorder` as a person runs it. */
export type JoinedRecorder = {
  readonly start: () => WatchpostProcess;
  /** What `watchpost recorder status` says. Rejects with its words when there is nothing yet. */
  readonly budget: () => Promise<LossBudget>;
};

/** Joins by the command that the server gives to people. `spool`: folder in which the shells write. */
export async function joinRecorder(options: {
  readonly client: ApiClient;
  readonly name: string;
  readonly dataDir: string;
  readonly spool: string;
}): Promise<JoinedRecorder> {
  const { client, name, dataDir } = options;
  const env = { WATCHPOST_SPOOL: options.spool };
  const { command } = await client.json<{ readonly command: string }>('POST', '/hosts/enrolment-tokens', {});
  const [, ...enrol] = command.split(' ');
  const joined = await runWatchpost([...enrol, '--name', name, '--data', dataDir, '--no-run'], { env });
  if (joined.code !== 0 || !joined.stderr.includes('Enrolled as host')) {
    throw new Error(`${command} ended with ${joined.code}: ${joined.stderr}`);
  }
  return {
    start: () => startWatchpost(['recorder', '--data-dir', dataDir], { env }),
    async budget() {
      const { stdout, stderr } = await runWatchpost(['recorder', 'status', '--json', '--data-dir', dataDir], { env });
      if (stdout === '') throw new Error(stderr);
      return (JSON.parse(stdout) as { readonly budget: LossBudget }).budget;
    },
  };
}
