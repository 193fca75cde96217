import { readdirSync } from 'node:fs';
import { readCheckpoint } from '@watchpost/recorder/agent/checkpoint';
import { parseFileName } from '@watchpost/recorder/reader/spool-file';
import { readIdentity } from '@watchpost/runtime/enrolment/enrolment';
import { readArguments } from '../arguments/read-arguments.ts';
import { RECORDER_FLAGS, readRecorderConfig } from './run-recorder.ts';

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
  const status = {
    enrolled: identity !== null,
    hostId: identity?.agentId ?? null,
    server: identity?.serverUrl ?? null,
    dataDir,
    shellSpool: spoolDir,
    shellFiles: filesIn(spoolDir),
    budget: {
      written: checkpoint?.written ?? 0,
      spooled: checkpoint?.sequence ?? 0,
      sent: checkpoint?.acknowledged ?? 0,
      acknowledged: checkpoint?.acknowledged ?? 0,
      missing: checkpoint?.missing ?? 0,
      refused: checkpoint?.refused ?? 0,
    },
  };
  if (json === true) process.stdout.write(`${JSON.stringify(status)}\n`);
  else {
    const { budget } = status;
    process.stdout.write(
      `${status.enrolled ? `host ${status.hostId} of ${status.server}` : 'not enrolled'}\n` +
        `shells write to ${spoolDir}: ${status.shellFiles} files\n` +
        `written ${budget.written} = spooled ${budget.spooled} + missing ${budget.missing}; sent ${budget.sent}; acknowledged ${budget.acknowledged}; refused ${budget.refused}\n`,
    );
  }
  return 0;
}

function filesIn(dir: string): number {
  try {
    return readdirSync(dir).filter((name) => parseFileName(name) !== null).length;
  } catch {
    return 0;
  }
}
