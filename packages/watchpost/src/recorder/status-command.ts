import { readdirSync } from 'node:fs';
import { budgetOf, readCheckpoint } from '@watchpost/recorder/agent/checkpoint';
import { parseFileName } from '@watchpost/recorder/reader/spool-file';
import { readIdentity } from '@watchpost/runtime/enrolment/enrolment';
import { readArguments } from '../arguments/read-arguments.ts';
import { RECORDER_FLAGS, readRecorderConfig } from './run-recorder.ts';

const NOTHING_YET = { written: 0, missing: 0, refused: 0, spooled: 0, acknowledged: 0, dropped: 0, underWay: [] };

/** `watchpost recorder status`: the loss budget of this host, also when the recorder does not run. */
export async function statusCommand(args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: { ...RECORDER_FLAGS, json: { type: 'boolean' } },
    allowPositionals: false,
  });
  const { json, ...flags } = values as Record<string, string | boolean | undefined>;
  const { dataDir, spoolDir } = readRecorderConfig(undefined, flags as Record<string, string | undefined>);
  const [identity, checkpoint] = await Promise.all([readIdentity(dataDir), readCheckpoint(dataDir)]);
  const names = spoolFiles(spoolDir);
  const read = new Set(Object.keys(checkpoint?.files ?? {}));
  const status = {
    enrolled: identity !== null,
    hostId: identity?.agentId ?? null,
    server: identity?.serverUrl ?? null,
    dataDir,
    shellSpool: spoolDir,
    shellFiles: names.length,
    /** Of these the recorder has read, as far as its checkpoint says. */
    shellFilesRead: names.filter((name) => read.has(name)).length,
    budget: budgetOf(checkpoint ?? NOTHING_YET),
  };
  if (json === true) process.stdout.write(`${JSON.stringify(status)}\n`);
  else {
    const { budget } = status;
    process.stdout.write(
      `${status.enrolled ? `host ${status.hostId} of ${status.server}` : 'not enrolled'}\n` +
        `shells write to ${spoolDir}: ${status.shellFiles} files, ${status.shellFilesRead} of them read\n` +
        `written ${budget.written} = spooled ${budget.spooled} + missing ${budget.missing}; sent ${budget.sent}; acknowledged ${budget.acknowledged}; refused ${budget.refused}; dropped ${budget.dropped ?? 0}\n`,
    );
  }
  return 0;
}

function spoolFiles(dir: string): readonly string[] {
  try {
    return readdirSync(dir).filter((name) => parseFileName(name) !== null);
  } catch {
    return [];
  }
}
