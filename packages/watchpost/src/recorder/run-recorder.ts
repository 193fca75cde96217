import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { type RecorderSettings, recorderSettingsSchema } from '@watchpost/recorder/agent/recorder-settings';
import { startRecorder } from '@watchpost/recorder/agent/start-recorder';
import { shellSpool } from '@watchpost/recorder/hooks/hook-files';
import { rulesInForce } from '@watchpost/recorder/redaction/rule-settings';
import { describeConfig, printConfig, readConfig } from '@watchpost/runtime/config/config';
import { type Identity, readIdentity } from '@watchpost/runtime/enrolment/enrolment';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { createShutdown } from '@watchpost/runtime/shutdown/shutdown';
import { defaultDataDir } from '../agent/data-dir.ts';
import { readArguments } from '../arguments/read-arguments.ts';
import { VERSION } from '../version.ts';
import { SHELL_FOLDER_MODE } from './install/shell-folder.ts';

const PREFIX = 'WATCHPOST_RECORDER_';
const SETTINGS_FILE = 'recorder.yaml';
const DAY_MS = 86_400_000;

/** One flag for each setting, in the form of `parseArgs`. */
export const RECORDER_FLAGS: Readonly<Record<string, { type: 'string' }>> = Object.fromEntries(
  describeConfig(recorderSettingsSchema, { prefix: PREFIX }).map(({ flag }) => [flag.slice(2), { type: 'string' as const }]),
);

/** Reads the settings of a recorder: defaults < file < environment < flags. Throws AppError `bad-config`. */
export function readRecorderConfig(
  file: string | undefined,
  flags: Readonly<Record<string, string | undefined>>,
): { readonly settings: RecorderSettings; readonly dataDir: string; readonly spoolDir: string } {
  const read = (from: string | undefined): RecorderSettings =>
    readConfig({
      schema: recorderSettingsSchema,
      ...(from === undefined ? {} : { file: from }),
      env: process.env,
      prefix: PREFIX,
      flags,
    });
  let settings = read(file);
  const dataDir = settings.dataDir ?? defaultDataDir('recorder');
  const usual = join(dataDir, SETTINGS_FILE);
  if (file === undefined && existsSync(usual)) settings = read(usual);
  return { settings, dataDir, spoolDir: settings.shellSpool ?? shellSpool(process.env) };
}

/** `watchpost recorder`: runs as the recorder of the host this machine was enrolled as, until SIGTERM or SIGINT. */
export async function runRecorderCommand(args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: {
      ...RECORDER_FLAGS,
      config: { type: 'string' },
      'check-config': { type: 'boolean' },
      'print-config': { type: 'boolean' },
    },
    allowPositionals: false,
  });
  const {
    config,
    'check-config': isCheck,
    'print-config': isPrint,
    ...flags
  } = values as Record<string, string | boolean | undefined>;
  const { settings, dataDir, spoolDir } = readRecorderConfig(
    typeof config === 'string' ? config : undefined,
    flags as Record<string, string | undefined>,
  );
  if (isPrint === true) {
    process.stdout.write(printConfig(recorderSettingsSchema, { ...settings, dataDir, shellSpool: spoolDir }));
    return 0;
  }
  if (isCheck === true) {
    process.stdout.write('the settings are valid\n');
    return 0;
  }
  const identity = await readIdentity(dataDir);
  if (identity === null) {
    throw new AppError('bad-config', `${dataDir} holds no identity: run watchpost enrol --kind recorder first`, {
      issues: [{ field: 'dataDir', value: dataDir, rule: 'must be the folder given to watchpost enrol' }],
    });
  }
  return runRecorder({ identity, settings, dataDir, spoolDir });
}

/** Runs a recorder with its settings. Resolves with the exit code when it was asked to stop and has. */
export async function runRecorder(options: {
  readonly identity: Identity;
  readonly settings: RecorderSettings;
  readonly dataDir: string;
  readonly spoolDir: string;
}): Promise<number> {
  const { settings, dataDir, spoolDir } = options;
  const identity = settings.server === null ? options.identity : { ...options.identity, serverUrl: settings.server };
  if (identity.redactionKey === undefined) {
    throw new AppError('bad-config', `${dataDir} holds the identity of a probe: give the recorder a folder of its own`);
  }
  makeShellSpool(spoolDir);
  const log = createLog({ name: 'watchpost-recorder', level: settings.logLevel });
  const shutdown = createShutdown({ log });
  const recorder = await startRecorder({
    identity,
    settings: {
      dataDir,
      shellSpool: spoolDir,
      spoolMaxBytes: settings.spool.maxBytes,
      spoolMaxAgeMs: settings.spool.maxAgeDays * DAY_MS,
      allowInsecure: settings.allowInsecure,
      redactionKey: Buffer.from(identity.redactionKey, 'base64'),
      redactionRules: rulesInForce(settings.redaction),
      ...(settings.caFile === null ? {} : { caPem: readFileSync(settings.caFile, 'utf8') }),
    },
    version: VERSION,
    log,
    metrics: createMetrics({ processMetrics: false }),
    signal: shutdown.signal,
  });
  shutdown.onStop('recorder', () => recorder.close());
  const { agentId, serverUrl } = identity;
  log.info({ hostId: agentId, serverUrl, dataDir, shellSpool: spoolDir, version: VERSION }, 'the recorder runs');
  await shutdown.done;
  return 0;
}

/** Makes the folder of the shells, when it is not there. One that is there is left as it is. */
function makeShellSpool(dir: string): void {
  if (existsSync(dir)) return;
  const before = process.umask(0);
  try {
    mkdirSync(dir, { recursive: true, mode: SHELL_FOLDER_MODE });
  } finally {
    process.umask(before);
  }
}
