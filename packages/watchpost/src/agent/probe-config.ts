import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ProbeSettings, probeSettingsSchema } from '@watchpost/probe/agent/agent-settings';
import { describeConfig, readConfig } from '@watchpost/runtime/config/config';
import { defaultDataDir } from './data-dir.ts';

const PREFIX = 'WATCHPOST_PROBE_';
/** Settings kept in the data folder. */
export const SETTINGS_FILE = 'probe.yaml';

/** One flag for each setting, in the form of `parseArgs`. */
export const SETTING_FLAGS: Readonly<Record<string, { type: 'string' }>> = Object.fromEntries(
  describeConfig(probeSettingsSchema, { prefix: PREFIX }).map(({ flag }) => [flag.slice(2), { type: 'string' as const }]),
);

/** Reads the settings of a probe: defaults < file < environment < flags. Throws AppError `bad-config`. */
export function readProbeConfig(options: {
  readonly file: string | undefined;
  readonly flags: Readonly<Record<string, string | undefined>>;
}): { readonly settings: ProbeSettings; readonly dataDir: string } {
  const read = (file: string | undefined): ProbeSettings =>
    readConfig({
      schema: probeSettingsSchema,
      ...(file === undefined ? {} : { file }),
      env: process.env,
      prefix: PREFIX,
      flags: options.flags,
    });
  let settings = read(options.file);
  const dataDir = settings.dataDir ?? defaultDataDir();
  const usual = join(dataDir, SETTINGS_FILE);
  if (options.file === undefined && existsSync(usual)) settings = read(usual);
  return { settings, dataDir };
}
