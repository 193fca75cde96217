import { AppError } from '@watchpost/contracts/errors/app-error';
import { UsageError } from './arguments/usage-error.ts';
import { commandHelp, overview } from './commands/help.ts';
import { COMMANDS } from './commands/table.ts';
import { VERSION } from './version.ts';

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

const loadOnly = process.env['WATCHPOST_LOAD_ONLY'];
if (loadOnly === 'probe' || loadOnly === 'recorder') {
  await (await import('./load-agent.ts')).loadAgent(loadOnly);
} else {
  stopWithStarter();
  process.exitCode = await main(process.argv.slice(2));
}

/** Runs one command line. Resolves with the exit code: what the command says, 1 for a failure, 2 for wrong usage. */
async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(overview());
    return EXIT.usage;
  }
  if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    process.stdout.write(overview());
    return EXIT.done;
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`watchpost ${VERSION}\n`);
    return EXIT.done;
  }
  const wanted = name === 'help' ? rest[0] : name;
  const entry = COMMANDS.find((command) => command.name === wanted);
  if (entry === undefined) {
    process.stderr.write(`watchpost: there is no command "${wanted}". See watchpost --help.\n`);
    return EXIT.usage;
  }
  const command = await entry.load();
  if (name === 'help' || isHelpWanted(rest)) {
    process.stdout.write(commandHelp(entry.name, command));
    return EXIT.done;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    return reportFailure(error, entry.name);
  }
}

function isHelpWanted(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h');
}

function reportFailure(error: unknown, command: string): number {
  if (error instanceof UsageError) {
    process.stderr.write(`watchpost ${command}: ${error.message}\nSee watchpost help ${command}.\n`);
    return EXIT.usage;
  }
  if (error instanceof AppError) {
    process.stderr.write(`watchpost ${command}: ${error.message}\n`);
    for (const { field, value, rule } of error.issues) process.stderr.write(`  ${field}: ${rule} (is ${value})\n`);
    return error.code === 'bad-config' ? EXIT.usage : EXIT.failed;
  }
  throw error;
}

/** When an older Node started this process and died without a word, this process stops as if asked to. */
function stopWithStarter(): void {
  if (process.env['WATCHPOST_STARTED_BY'] === undefined) return;
  delete process.env['WATCHPOST_STARTED_BY'];
  const stop = () => process.kill(process.pid, 'SIGTERM');
  // It may have died while this process was still loading: then nobody would say so again.
  if (!process.connected) return void stop();
  process.channel?.unref();
  process.once('disconnect', stop);
}
