import type { StoredCommand } from '@watchpost/contracts/api/audit';
import type { JoinedCommand } from '../command-store.ts';
import type { Engine } from '../engine/engine.ts';
import { SHOWN_COLUMNS } from './command-columns.ts';
import { type CommandRow, fromCommandRow } from './command-row.ts';

/** Puts the ends of commands beside their starts. */
export async function joinEnds(engine: Engine, commands: readonly StoredCommand[]): Promise<JoinedCommand[]> {
  const wanted = commands.filter(({ kind, shellId }) => kind === 'start' && shellId !== null);
  const ends = new Map<string, StoredCommand>();
  if (wanted.length > 0) {
    const since = wanted.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
    const rows = await engine.rows<CommandRow>(
      `SELECT ${SHOWN_COLUMNS} FROM commands WHERE at >= {since:Int64} AND intDiv(at, 86400000000) >= intDiv({since:Int64}, 86400000000) AND kind IN ('end', 'closed') AND shell_id IN {shells:Array(String)} AND start_of IN {starts:Array(Int64)} AND host_id IN {hosts:Array(String)} LIMIT 5000`,
      {
        since,
        shells: [...new Set(wanted.map(({ shellId }) => shellId))],
        starts: [...new Set(wanted.map(({ shellSequence }) => shellSequence ?? 0))],
        hosts: [...new Set(wanted.map(({ hostId }) => hostId))],
      },
    );
    for (const end of rows.map(fromCommandRow)) {
      const key = `${end.hostId} ${end.shellId} ${end.startOf}`;
      if (end.kind === 'end' || !ends.has(key)) ends.set(key, end);
    }
  }
  return commands.map((command) => ({
    command,
    end: ends.get(`${command.hostId} ${command.shellId} ${command.startOf ?? command.shellSequence}`) ?? null,
  }));
}
