import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { vantageCodeSchema } from '@watchpost/contracts/targets/target';
import type { ProbeSettings } from '@watchpost/probe/agent/agent-settings';
import { enrol, readIdentity } from '@watchpost/runtime/enrolment/enrolment';
import { readProbeConfig, SETTING_FLAGS, SETTINGS_FILE } from '../agent/probe-config.ts';
import { readArguments } from '../arguments/read-arguments.ts';
import { badArgument, UsageError } from '../arguments/usage-error.ts';
import { VERSION } from '../version.ts';
import type { Command } from './command.ts';

const HELP = `Usage:
  watchpost enrol --server URL --token TOKEN --vantage CODE [OPTIONS]
  watchpost enrol --kind recorder --server URL --token TOKEN [OPTIONS]

Joins a server with the one-time token that the page gives, as a probe or as the recorder of this host, and runs until it
is stopped. Started again, it is watchpost probe or watchpost recorder that runs on with the identity kept in the data folder.

  --server URL         the server, https:// (http:// only on this machine, or with --allow-insecure true)
  --token TOKEN        one-time token from the page; also WATCHPOST_ENROL_TOKEN in the environment
  --kind KIND          probe (default) or recorder
  --vantage CODE       for a probe: the network this machine measures from, as ct
  --name NAME          name of the probe on the page (default: the name of this machine)
  --data DIR           folder of the identity and the spool (default as watchpost probe)
  --no-run             only join
  --install            for a recorder, as root: also do watchpost recorder install --yes; where systemd runs, the recorder then
                       runs as a service
  --force              join anew although the folder holds an identity
  and all options of watchpost probe or watchpost recorder, as --metrics-listen. --allow-insecure and --ca-file are kept for the next start.`;

/** `watchpost enrol`: makes this machine a probe, and runs it. */
export const enrolCommand: Command = { help: HELP, run };

async function run(args: readonly string[]): Promise<number> {
  const kind = args.findIndex((word) => word === '--kind' || word.startsWith('--kind='));
  if (kind === -1) return enrolProbe(args);
  const isApart = args[kind] === '--kind';
  const name = isApart ? args[kind + 1] : args[kind]?.slice('--kind='.length);
  const rest = args.toSpliced(kind, isApart ? 2 : 1);
  if (name === 'probe') return enrolProbe(rest);
  if (name === 'recorder') return (await import('../recorder/enrol-recorder.ts')).enrolRecorder(rest);
  throw badArgument('--kind', String(name), 'must be probe or recorder');
}

async function enrolProbe(args: readonly string[]): Promise<number> {
  const parsed = readArguments({
    args: [...args],
    options: {
      ...SETTING_FLAGS,
      config: { type: 'string' },
      token: { type: 'string' },
      vantage: { type: 'string' },
      name: { type: 'string' },
      data: { type: 'string' },
      'no-run': { type: 'boolean' },
      force: { type: 'boolean' },
    },
    allowPositionals: false,
  });
  const {
    config,
    token,
    vantage,
    name,
    data,
    'no-run': isNoRun,
    force,
    ...flags
  } = parsed.values as Record<string, string | boolean | undefined>;
  const code = vantageCodeSchema.safeParse(required('--vantage', vantage));
  if (!code.success) throw badArgument('--vantage', String(vantage), code.error.issues[0]?.message ?? 'is not a vantage code');
  const { settings, dataDir } = readProbeConfig({
    file: typeof config === 'string' ? config : undefined,
    flags: { ...(flags as Record<string, string | undefined>), ...(typeof data === 'string' ? { 'data-dir': data } : {}) },
  });
  const serverUrl = required('--server', settings.server ?? undefined);
  const secret = required('--token', token ?? process.env['WATCHPOST_ENROL_TOKEN']);
  if (force !== true && (await readIdentity(dataDir)) !== null) {
    throw new UsageError(`${dataDir} holds an identity already: run watchpost probe, or give --force to join anew`);
  }
  const identity = await enrol({
    serverUrl,
    token: secret,
    kind: 'probe',
    vantage: code.data,
    name: typeof name === 'string' ? name : hostname(),
    dir: dataDir,
    version: VERSION,
    allowInsecure: settings.allowInsecure,
    ...(settings.caFile === null ? {} : { caPem: readFileSync(settings.caFile, 'utf8') }),
  });
  keepHowToConnect(dataDir, settings);
  process.stderr.write(`Enrolled as ${identity.agentId} for vantage ${identity.vantage}; identity in ${dataDir}\n`);
  if (isNoRun === true) return 0;
  const { runProbe } = await import('../agent/run-probe.ts');
  return runProbe({ identity, settings, dataDir });
}

/** What the server can be reached with is kept, so that `watchpost probe` runs on without being told again. */
function keepHowToConnect(dataDir: string, { allowInsecure, caFile }: ProbeSettings): void {
  const kept = { ...(allowInsecure ? { allowInsecure } : {}), ...(caFile === null ? {} : { caFile: resolve(caFile) }) };
  if (Object.keys(kept).length === 0) return;
  const text = Object.entries(kept).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  try {
    writeFileSync(join(dataDir, SETTINGS_FILE), text.join(''), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // The settings that a person wrote there stand.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

export function required(flag: string, value: string | boolean | undefined): string {
  if (typeof value !== 'string' || value === '') throw new UsageError(`${flag} is missing`);
  return value;
}
