import { existsSync } from 'node:fs';
import { printConfig } from '@watchpost/runtime/config/config';
import { createLog, type Log } from '@watchpost/runtime/log/log';
import { dropLoadedPages } from '@watchpost/runtime/memory/loaded-pages';
import { createShutdown, type Shutdown } from '@watchpost/runtime/shutdown/shutdown';
import { type ServerConfig, serverConfigSchema, settingsFileOf } from '@watchpost/server/config';
import { readCertificate } from '@watchpost/server/http/certificate';
import { type Server, startServer } from '@watchpost/server/server';
import { readSettingsFile } from '@watchpost/server/settings-file/settings-file';
import { readArguments } from '../arguments/read-arguments.ts';
import { VERSION } from '../version.ts';
import { readServerConfig, SERVER_FLAGS } from './server-config.ts';

const GRACE_MS = 20_000;

/** What runs beside the server in the same command. */
export type Companion = (running: {
  readonly server: Server;
  readonly config: ServerConfig;
  readonly log: Log;
  readonly shutdown: Shutdown;
}) => Promise<void>;

/** Runs the server until SIGTERM or SIGINT; SIGHUP reads the settings file again. Resolves with the exit code. */
export async function runServer(args: readonly string[], companion: Companion | null): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: {
      ...SERVER_FLAGS,
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
  const config = readServerConfig({
    file: typeof file === 'string' ? file : undefined,
    flags: flags as Record<string, string | undefined>,
  });
  if (isPrint === true) {
    process.stdout.write(printConfig(serverConfigSchema, config));
    return 0;
  }
  if (isCheck === true) {
    readCertificate(config);
    const targetsFile = settingsFileOf(config);
    if (config.settingsFile !== null || existsSync(targetsFile)) readSettingsFile(targetsFile);
    process.stdout.write('the settings are valid\n');
    return 0;
  }
  const log = createLog({ name: 'watchpost-server', level: config.logLevel });
  const shutdown = createShutdown({ log, graceMs: GRACE_MS });
  const server = await startServer({ config, log, version: VERSION });
  dropLoadedPages(process.execPath);
  shutdown.onStop('server', () => server.close());
  process.on('SIGHUP', () => void server.reload());
  try {
    if (!shutdown.signal.aborted) await companion?.({ server, config, log, shutdown });
  } catch (error) {
    // Asked to stop in the middle of it: no failure. Else the server must not stay without its companion.
    const isAskedToStop = shutdown.signal.aborted;
    await shutdown.stop('the companion failed');
    if (!isAskedToStop) throw error;
  }
  if (shutdown.signal.aborted) {
    await shutdown.done;
    return 0;
  }
  process.stdout.write(`\nWatchpost ${VERSION} is at ${config.publicUrl ?? server.url}\n`);
  if (server.setupCode !== null) {
    process.stdout.write(`Open it to make the first account. From another machine this code is asked for: ${server.setupCode}\n`);
  }
  await shutdown.done;
  return 0;
}
