import type { CommandLine, StoredCommand } from '@watchpost/contracts/api/audit';
import type { JoinedCommand } from '../telemetry/command-store.ts';
import { formatCommandId } from '../telemetry/commands/open-command-store.ts';

/** A record with its end as the page shows it. */
export function toCommandLine({ command, end }: JoinedCommand, nameOf: (hostId: string) => string): CommandLine {
  const { previousHash: _before, hash: _hash, startOf: _startOf, startedAt: _startedAt, ...shown } = command;
  return {
    ...shown,
    id: formatCommandId(command),
    host: nameOf(command.hostId),
    endedAt: end?.at ?? null,
    exitCode: end === null ? command.exitCode : end.exitCode,
    durationUs: end === null ? command.durationUs : end.durationUs,
  };
}

/** Under what a start waits for its end: host, shell, number of the start. */
export function startKey(command: StoredCommand): string {
  return `${command.hostId} ${command.shellId} ${command.kind === 'start' ? command.shellSequence : command.startOf}`;
}
