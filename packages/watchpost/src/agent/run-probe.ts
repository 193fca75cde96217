import { readFileSync } from 'node:fs';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { type ProbeSettings, probeSettingsSchema } from '@watchpost/probe/agent/agent-settings';
import { startProbeAgent } from '@watchpost/probe/agent/start-probe-agent';
import { printConfig } from '@watchpost/runtime/config/config';
import { type Identity, readIdentity } from '@watchpost/runtime/enrolment/enrolment';
import { createLog } from '@watchpost/runtime/log/log';
import { createMetrics } from '@watchpost/runtime/metrics/metrics';
import { createShutdown } from '@watchpost/runtime/shutdown/shutdown';
import { readArguments } from '../arguments/read-arguments.ts';
import { VERSION } from '../version.ts';
import { readProbeConfig, SETTING_FLAGS } from './probe-config.ts';

const DAY_MS = 86_400_000;

/** `watchpost probe`: runs as the probe this machine was enrolled as, until SIGTERM or SIGINT. */
export async function runProbeCommand(args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: {
      ...SETTING_FLAGS,
      config: { type: 'string' },
      'check-config': { type: 'boolean' },
      'print-config': { type: 'boolean' },
    },
    allowPositionals: false,
  });
  const {
    config: file,
    'check-config': isCheck,
    'print-config': isPrint,
    ...flags
  } = values as Record<string, string | boolean | undefined>;
  const { settings, dataDir } = readProbeConfig({
    file: typeof file === 'string' ? file : undefined,
    flags: flags as Record<string, string | undefined>,
  });
  if (isPrint === true) {
    process.stdout.write(printConfig(probeSettingsSchema, { ...settings, dataDir }));
    return 0;
  }
  if (isCheck === true) {
    readCa(settings);
    process.stdout.write('the settings are valid\n');
    return 0;
  }
  const identity = await readIdentity(dataDir);
  if (identity === null) {
    throw new AppError('bad-config', `${dataDir} holds no identity: run watchpost enrol first`, {
      issues: [{ field: 'dataDir', value: dataDir, rule: 'must be the folder given to watchpost enrol' }],
    });
  }
  return runProbe({ identity, settings, dataDir });
}

/** Runs a probe with its settings. Resolves with the exit code when it was asked to stop and has. */
export async function runProbe(options: {
  readonly identity: Identity;
  readonly settings: ProbeSettings;
  readonly dataDir: string;
}): Promise<number> {
  const { settings, dataDir } = options;
  const identity = settings.server === null ? options.identity : { ...options.identity, serverUrl: settings.server };
  const caPem = readCa(settings);
  const log = createLog({ name: 'watchpost-probe', level: settings.logLevel });
  const shutdown = createShutdown({ log });
  const agent = await startProbeAgent({
    identity,
    settings: {
      dataDir,
      spoolMaxBytes: settings.spool.maxBytes,
      spoolMaxAgeMs: settings.spool.maxAgeDays * DAY_MS,
      maxInFlight: settings.maxInFlight,
      overloadUs: settings.overloadMs * 1_000,
      metricsListen: settings.metricsListen,
      allowInsecure: settings.allowInsecure,
      ...(caPem === null ? {} : { caPem }),
    },
    version: VERSION,
    log,
    metrics: createMetrics({ processMetrics: settings.metricsListen !== null }),
    signal: shutdown.signal,
  });
  shutdown.onStop('probe', () => agent.close());
  const { agentId, vantage, serverUrl } = identity;
  log.info({ agentId, vantage, serverUrl, metricsUrl: agent.metricsUrl, dataDir, version: VERSION }, 'the probe runs');
  await shutdown.done;
  return 0;
}

function readCa({ caFile }: ProbeSettings): string | null {
  if (caFile === null) return null;
  try {
    return readFileSync(caFile, 'utf8');
  } catch (error) {
    const rule = `must be a readable PEM file (${error instanceof Error ? error.message : String(error)})`;
    throw new AppError('bad-config', undefined, { issues: [{ field: 'caFile', value: caFile, rule }] });
  }
}
