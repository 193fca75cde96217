import { TupleParam } from '@clickhouse/client';
import type { Removal } from '@watchpost/contracts/api/audit';
import type { ExpiredMonth } from '../command-store.ts';
import type { Engine } from '../engine/engine.ts';

/** Ends of stretches that are looked up in one query. */
const ENDS_AT_ONCE = 500;

/** Months of commands of which all were received before the month of this time (Unix ms), oldest first. */
export async function expiredMonths(engine: Engine, before: number): Promise<readonly string[]> {
  const month = Number(new Date(before).toISOString().slice(0, 7).replace('-', ''));
  const rows = await engine.rows<{ partition: string }>(
    `SELECT DISTINCT partition FROM system.parts WHERE database = currentDatabase() AND table = 'commands' AND active
     AND toUInt32(partition) < {month:UInt32} ORDER BY partition`,
    { month },
  );
  return rows.map(({ partition }) => partition).filter((partition) => /^\d{6}$/.test(partition));
}

export async function readMonth(engine: Engine, partition: string): Promise<ExpiredMonth> {
  const where = '_partition_id = {partition:String}';
  const hosts = await engine.rows<{ hostId: string }>(
    `SELECT DISTINCT host_id AS hostId FROM commands WHERE ${where} AND source = 'recorder' ORDER BY hostId`,
    { partition },
  );
  const stretches: Removal['removed'][number][] = [];
  for (const { hostId } of hosts) {
    const own = await engine.rows<{ epoch: number; first: number; last: number }>(
      `SELECT epoch, min(sequence) AS first, max(sequence) AS last FROM (
         SELECT epoch, sequence, sequence - row_number() OVER (PARTITION BY epoch ORDER BY sequence) AS island FROM (
           SELECT DISTINCT epoch, sequence FROM commands WHERE ${where} AND host_id = {hostId:String} AND source = 'recorder'))
       GROUP BY epoch, island ORDER BY epoch, first`,
      { partition, hostId },
    );
    for (let start = 0; start < own.length; start += ENDS_AT_ONCE) {
      const some = own.slice(start, start + ENDS_AT_ONCE);
      const ends = await engine.rows<{ epoch: number; sequence: number; previous_hash: string; hash: string }>(
        `SELECT epoch, sequence, previous_hash, hash FROM commands WHERE ${where} AND host_id = {hostId:String}
         AND (epoch, sequence) IN {ends:Array(Tuple(Int64, Int64))}`,
        { partition, hostId, ends: some.flatMap(({ epoch, first, last }) => [pair(epoch, first), pair(epoch, last)]) },
      );
      const at = new Map(ends.map((end) => [`${end.epoch}:${end.sequence}`, end]));
      for (const { epoch, first, last } of some) {
        const before = at.get(`${epoch}:${first}`)?.previous_hash ?? '';
        stretches.push({ hostId, epoch, first, last, before, hash: at.get(`${epoch}:${last}`)?.hash ?? '' });
      }
    }
  }
  const [unsigned] = await engine.rows<{ records: number }>(
    `SELECT count() AS records FROM commands WHERE ${where} AND source != 'recorder'`,
    { partition },
  );
  return { partition, stretches, unsigned: unsigned?.records ?? 0 };
}

export async function dropMonth(engine: Engine, partition: string): Promise<void> {
  if (!/^\d{6}$/.test(partition)) throw new Error(`${partition} is not a month`);
  await engine.command(`ALTER TABLE commands DROP PARTITION ${partition}`);
}

const pair = (epoch: number, sequence: number) => new TupleParam([epoch, sequence]);
