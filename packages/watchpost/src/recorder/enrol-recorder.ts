import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { enrol, readIdentity } from '@watchpost/runtime/enrolment/enrolment';
import { readArguments } from '../arguments/read-arguments.ts';
import { UsageError } from '../arguments/usage-error.ts';
import { required } from '../commands/enrol.ts';
import { VERSION } from '../version.ts';
import { installCommand } from './install/install-command.ts';
import { isServiceRunnable } from './install/service-unit.ts';
import { readRecorderConfig, RECORDER_FLAGS, runRecorder } from './run-recorder.ts';

/** `watchpost enrol --kind recorder`: makes this machine a host of the command audit, and runs its recorder. */
export async function enrolRecorder(args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: {
      ...RECORDER_FLAGS,
      config: { type: 'string' },
      token: { type: 'string' },
      name: { type: 'string' },
      data: { type: 'string' },
      'no-run': { type: 'boolean' },
      install: { type: 'boolean' },
      force: { type: 'boolean' },
    },
    allowPositionals: false,
  });
  const {
    config,
    token,
    name,
    data,
    'no-run': isNoRun,
    install: isInstall,
    force,
    ...flags
  } = values as Record<string, string | boolean | undefined>;
  const given = { ...(flags as Record<string, string | undefined>), ...(typeof data === 'string' ? { 'data-dir': data } : {}) };
  const { settings, dataDir, spoolDir } = readRecorderConfig(typeof config === 'string' ? config : undefined, given);
  const serverUrl = required('--server', settings.server ?? undefined);
  const secret = required('--token', token ?? process.env['WATCHPOST_ENROL_TOKEN']);
  if (force !== true && (await readIdentity(dataDir)) !== null) {
    throw new UsageError(`${dataDir} holds an identity already: run watchpost recorder, or give --force to join anew`);
  }
  const identity = await enrol({
    serverUrl,
    token: secret,
    kind: 'recorder',
    vantage: null,
    name: typeof name === 'string' ? name : hostname(),
    dir: dataDir,
    version: VERSION,
    allowInsecure: settings.allowInsecure,
    ...(settings.caFile === null ? {} : { caPem: readFileSync(settings.caFile, 'utf8') }),
  });
  const kept = {
    ...(settings.allowInsecure ? { allowInsecure: true } : {}),
    ...(settings.caFile === null ? {} : { caFile: resolve(settings.caFile) }),
  };
  const text = Object.entries(kept).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  if (text.length > 0) writeFileSync(join(dataDir, 'recorder.yaml'), text.join(''), { mode: 0o600 });
  process.stderr.write(`Enrolled as host ${identity.agentId}; identity in ${dataDir}\n`);
  if (isInstall === true) {
    const code = await installCommand(['--yes']);
    if (code !== 0 || isServiceRunnable()) return code;
  }
  return isNoRun === true ? 0 : runRecorder({ identity, settings, dataDir, spoolDir });
}
