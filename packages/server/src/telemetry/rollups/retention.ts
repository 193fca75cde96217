import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Engine } from '../engine/engine.ts';
import { readWatermark, writeWatermark } from '../ingest/watermarks.ts';
import { PARTITION_DIGITS, type Retention, TIERS } from './tiers.ts';

const DAY_MS = 86_400_000;

/** Refuses a retention in which a coarse tier would lose a bucket before the finer data it is computed from is gone. */
export function checkRetention(retention: Retention): void {
  const order = ['raw', '1m', '5m', '30m', '1d'] as const;
  const kept = (name: (typeof order)[number]): number => retention[name] ?? Infinity;
  const issues = order
    .filter((name) => kept(name) < DAY_MS)
    .map((field) => ({ field: `retention.${field}`, value: String(retention[field]), rule: 'must be a day at least' }));
  for (const [finer, coarser] of [
    ['raw', '5m'],
    ['5m', '30m'],
    ['5m', '1d'],
  ] as const) {
    if (kept(coarser) < kept(finer)) {
      issues.push({
        field: `retention.${coarser}`,
        value: String(retention[coarser]),
        rule: `must be as long as retention.${finer} at least`,
      });
    }
  }
  if (issues.length > 0) throw new AppError('bad-config', undefined, { issues });
}

export type RetentionKeeper = {
  /** Results of rounds before this (Unix ms) are refused: the days before may have lost their results already. */
  readonly acceptFrom: (now: number) => number;
  readonly enforce: (now: number) => Promise<void>;
};

/** Drops whole partitions: days of the results, 1m and 5m, months or years of the other tiers. */
export async function openRetention(engine: Engine, retention: Retention): Promise<RetentionKeeper> {
  let rawFloor = (await readWatermark(engine, 'raw-floor')) ?? 0;
  const dayOf = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;

  const drop = async (table: string, before: string): Promise<void> => {
    const parts = await engine.rows<{ partition: string }>(
      'SELECT DISTINCT partition FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND active AND toUInt32(partition) < {before:UInt32}',
      { table, before: Number(before) },
    );
    for (const { partition } of parts) {
      if (/^\d+$/.test(partition) && partition.length === before.length)
        await engine.command(`ALTER TABLE ${table} DROP PARTITION ${partition}`);
    }
  };

  return {
    // A day more than what is dropped: a bucket that is computed anew still has all its results.
    acceptFrom: (now) => Math.max(rawFloor, retention.raw === null ? 0 : dayOf(now - retention.raw) + DAY_MS),
    enforce: async (now) => {
      if (retention.raw !== null) {
        const floor = Math.max(rawFloor, dayOf(now - retention.raw));
        // Remembered first: from now on nothing of those days is taken in or computed anew.
        if (floor > rawFloor) await writeWatermark(engine, 'raw-floor', floor);
        rawFloor = floor;
        await drop('results', compactDay(floor));
      }
      for (const tier of TIERS) {
        const kept = retention[tier.kept];
        if (kept === null) continue;
        await drop(tier.table, compactDay(now - kept).slice(0, PARTITION_DIGITS[tier.partition]));
      }
    },
  };
}

/** 20261122 */
function compactDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '');
}
