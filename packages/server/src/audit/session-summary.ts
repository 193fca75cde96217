import type { Session } from '@watchpost/contracts/api/audit';
import type { JoinedCommand } from '../telemetry/command-store.ts';

/** What a session was, from its records in order; null: there are none. */
export function summarizeSession(commands: readonly JoinedCommand[], host: string): Session | null {
  const [first] = commands;
  const last = commands.at(-1);
  if (first === undefined || last === undefined) return null;
  const starts = commands.filter(({ command }) => command.kind === 'start');
  const users = new Set(commands.flatMap(({ command }) => command.user ?? []));
  const known = <Key extends 'loginUser' | 'tty' | 'sourceIp'>(key: Key) =>
    commands.find(({ command }) => command[key] !== null)?.command[key] ?? null;
  const open = new Set<string | null>();
  for (const { command } of commands) {
    if (command.kind === 'closed') open.delete(command.shellId);
    else if (command.shellId !== null) open.add(command.shellId);
  }
  return {
    id: first.command.sessionId,
    hostId: first.command.hostId,
    host,
    loginUser: known('loginUser'),
    users: [...users],
    tty: known('tty'),
    sourceIp: known('sourceIp'),
    startedAt: first.command.at,
    endedAt: open.size === 0 ? last.command.at : null,
    commands: starts.length,
    failed: starts.filter(({ end }) => end !== null && end.exitCode !== null && end.exitCode !== 0).length,
    hidden: starts.filter(({ command }) => command.hidden !== null).length,
    gaps: commands.filter(({ command }) => command.kind === 'gap').length,
  };
}
