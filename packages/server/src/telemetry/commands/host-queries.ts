import type { StoredCommand } from '@watchpost/contracts/api/audit';
import type { HostNumbers, HostUser } from '../command-store.ts';
import type { Engine } from '../engine/engine.ts';
import { SELECT_COLUMNS } from './command-columns.ts';
import { type CommandRow, fromCommandRow } from './command-row.ts';

/** Users of a host that are listed. */
const USERS = 500;

/** Newest command and number of records of every host. A projection of the table keeps the sums. */
export async function queryHosts(engine: Engine): Promise<ReadonlyMap<string, HostNumbers>> {
  const rows = await engine.rows<{ host_id: string; newest: number; records: number }>(
    'SELECT host_id, max(at) AS newest, count() AS records FROM commands GROUP BY host_id',
  );
  return new Map(rows.map(({ host_id: id, newest, records }) => [id, { lastAt: Math.trunc(newest / 1_000), records }]));
}

/** Who ran commands on a host since (Unix ms), newest first. */
export async function queryHostUsers(engine: Engine, hostId: string, since: number): Promise<readonly HostUser[]> {
  const rows = await engine.rows<{ user: string; newest: number; commands: number }>(
    `SELECT user_name AS user, max(at) AS newest, countIf(kind = 'start') AS commands FROM commands
     WHERE host_id = {hostId:String} AND at >= {since:Int64} AND user_name != '\\0' GROUP BY user_name
     ORDER BY newest DESC LIMIT ${USERS}`,
    { hostId, since: since * 1_000 },
  );
  return rows.map(({ user, newest, commands }) => ({ user, lastAt: Math.trunc(newest / 1_000), commands }));
}

/** What is missing, silent or not believed on a host, newest first. */
export async function queryHostGaps(engine: Engine, hostId: string, limit: number): Promise<readonly StoredCommand[]> {
  const rows = await engine.rows<CommandRow>(
    `SELECT ${SELECT_COLUMNS} FROM commands WHERE host_id = {hostId:String} AND kind IN ('gap', 'silent', 'refused')
     ORDER BY at DESC, epoch DESC, sequence DESC LIMIT {limit:UInt32}`,
    { hostId, limit },
  );
  return rows.map(fromCommandRow);
}
