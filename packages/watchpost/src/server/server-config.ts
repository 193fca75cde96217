import { describeConfig, readConfig } from '@watchpost/runtime/config/config';
import { type ServerConfig, serverConfigSchema } from '@watchpost/server/config';

/** Variables of the environment that belong to other parts. */
const OTHER_PREFIXES = ['WATCHPOST_PROBE_', 'WATCHPOST_RECORDER_', 'WATCHPOST_STARTED_BY'];

/** One flag for each setting, in the form of `parseArgs`. */
export const SERVER_FLAGS: Readonly<Record<string, { type: 'string' }>> = Object.fromEntries(
  describeConfig(serverConfigSchema).map(({ flag }) => [flag.slice(2), { type: 'string' as const }]),
);

/** Lines about the settings for the help of `server` and `up`. */
export function settingsHelp(): string {
  const rows = describeConfig(serverConfigSchema).map(({ flag, env, doc, default: standard }) => {
    const value = standard === '' || standard === 'null' ? '' : ` (default ${standard})`;
    return `  ${flag.padEnd(32)} ${doc}${value}\n${' '.repeat(35)}${env}`;
  });
  return rows.join('\n');
}

/** Reads the settings of a server: defaults < file < environment < flags. Throws AppError `bad-config`. */
export function readServerConfig(options: {
  readonly file: string | undefined;
  readonly flags: Readonly<Record<string, string | undefined>>;
}): ServerConfig {
  return readConfig({
    schema: serverConfigSchema,
    ...(options.file === undefined ? {} : { file: options.file }),
    env: process.env,
    otherPrefixes: OTHER_PREFIXES,
    flags: options.flags,
  });
}
