import type { Engine } from '../engine/engine.ts';
import type { EngineClauses } from '../schema/engine-clauses.ts';
import { COMMAND_COLUMNS, SELECT_COLUMNS } from './command-columns.ts';

/** Blocks that the memory of one query can hold, with the index of their words. */
const COPYING = {
  max_execution_time: 110,
  max_partitions_per_insert_block: '0',
  max_block_size: '16384',
  min_insert_block_size_rows: '100000',
} as const;

/**
 * The table of the commands. A day of a host lies together, in the order of its chain: few granules hold the newest of some
 * hosts, and a stretch of a chain is read as it lies. Partitions are months of `received_at`, the server's own clock, so that
 * no host's clock decides what retention removes. Few parts are merged at once: many of so many columns at a time take more memory than
 * the engine has.
 */
export function createCommandTable(name: string, clauses: EngineClauses): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (
    ${COMMAND_COLUMNS.map((column) => `${column.name} ${column.type} CODEC(${column.codec})`).join(',\n')},
    INDEX times at TYPE minmax GRANULARITY 1,
    INDEX sequences sequence TYPE minmax GRANULARITY 1,
    INDEX received received_at TYPE minmax GRANULARITY 1,
    INDEX kinds kind TYPE set(8) GRANULARITY 1,
    INDEX sources source TYPE set(2) GRANULARITY 1,
    INDEX shells shell_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX sessions session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX users user_name TYPE set(100) GRANULARITY 1,
    INDEX secrets redactions TYPE ngrambf_v1(8, 4096, 2, 0) GRANULARITY 1,
    INDEX words lower(text) TYPE text(tokenizer = 'splitByNonAlpha'),
    PROJECTION hosts (SELECT host_id, max(at), count() GROUP BY host_id)
  ) ENGINE = ${clauses.plain} PARTITION BY toYYYYMM(toDateTime(intDiv(received_at, 1000), 'UTC'))
  ORDER BY (intDiv(at, 86400000000), host_id, epoch, sequence)
  SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000,
    index_granularity = 4096, max_parts_to_merge_at_once = 10, lightweight_mutation_projection_mode = 'rebuild'`;
}

/**
 * Brings a table `commands` of the first layout (ordered by time alone) into this one. May be broken off at any place and run again: the
 * old table is there until the new one is whole and has taken its name.
 */
export async function moveCommands(engine: Engine, clauses: EngineClauses): Promise<void> {
  const [old] = await engine.rows<{ partition_key: string }>(
    "SELECT partition_key FROM system.tables WHERE database = currentDatabase() AND name = 'commands'",
  );
  const isMoved = old?.partition_key.includes('received_at') === true;
  await engine.command('DROP TABLE IF EXISTS commands_moving SYNC');
  if (isMoved) return;
  await engine.command(createCommandTable('commands_moving', clauses));
  const days = await engine.rows<{ day: number }>('SELECT DISTINCT intDiv(at, 86400000000) AS day FROM commands ORDER BY day');
  for (const { day } of days) {
    await engine.command(
      `INSERT INTO commands_moving (${SELECT_COLUMNS}) SELECT ${SELECT_COLUMNS} FROM commands WHERE at >= {day:Int64} * 86400000000 AND at < ({day:Int64} + 1) * 86400000000`,
      { day },
      COPYING,
    );
  }
  await engine.command('EXCHANGE TABLES commands AND commands_moving');
  await engine.command('DROP TABLE commands_moving SYNC');
}
