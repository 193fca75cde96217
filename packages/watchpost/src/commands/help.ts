import { VERSION } from '../version.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './table.ts';

/** What `watchpost --help` prints. */
export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    `Watchpost ${VERSION}: quality monitoring from many networks`,
    '',
    'Usage: watchpost COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'watchpost help COMMAND says more. watchpost --version prints the version.',
    '',
  ].join('\n');
}

/** What `watchpost help COMMAND` prints. */
export function commandHelp(name: string, command: Command): string {
  const summary = COMMANDS.find((entry) => entry.name === name)?.summary ?? '';
  return `watchpost ${name}: ${summary}\n\n${command.help.trim()}\n`;
}
