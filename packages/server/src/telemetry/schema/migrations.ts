import type { Log } from '@watchpost/runtime/log/log';
import type { Engine } from '../engine/engine.ts';
import { COMMAND_COLUMNS } from '../commands/command-columns.ts';
import { moveCommands } from '../commands/command-table.ts';
import { ROLLUP_COLUMNS } from '../rollups/rollup-columns.ts';
import { copyTierSql, fillTierSql } from '../rollups/rollup-sql.ts';
import { PARTITION_SQL, type Tier, TIERS } from '../rollups/tiers.ts';
import { RESULT_COLUMNS } from '../rows/result-columns.ts';
import type { EngineClauses } from './engine-clauses.ts';

type Migration = {
  readonly version: number;
  readonly statements: (clauses: EngineClauses) => readonly string[];
  /** What statements alone cannot say; runs after them, and may be repeated like them. */
  readonly work?: (engine: Engine, clauses: EngineClauses) => Promise<void>;
};

/**
 * For charts, which ask for most columns and few rows of each: all columns of a part in one file, and granules that hold no
 * more than the year of a line, since a granule is read as a whole.
 */
const forCharts = 'min_bytes_for_wide_part = 10000000000, min_rows_for_wide_part = 1000000000, index_granularity = 2048';
/** Parts that have rested for so long, s, are merged into one: six parts in place of two cost the chart of a year a quarter more. */
const forYears = `${forCharts}, min_age_to_force_merge_seconds = 21600`;
const durable = 'fsync_after_insert = 1, fsync_part_directory = 1';

const createTier = (
  tier: Tier,
  clauses: EngineClauses,
  name: string = tier.table,
): string => `CREATE TABLE IF NOT EXISTS ${name} (
  target_id LowCardinality(String), vantage LowCardinality(String),
  series Enum8('any' = 0, 'v4' = 1, 'v6' = 2), bucket DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)), version UInt64 CODEC(Delta, ZSTD(1)),
  ${ROLLUP_COLUMNS.map(({ name, type, codec }) => `${name} ${type} CODEC(${codec})`).join(',\n')}
) ENGINE = ${clauses.replacing} PARTITION BY ${PARTITION_SQL[tier.partition]}
ORDER BY (target_id, vantage, series, bucket) SETTINGS ${durable}${ADDED[tier.name] ?? ''}`;

/** Tiers that came after the first version of the schema, and their settings. */
const ADDED: Partial<Record<Tier['name'], string>> = { '4h': `, ${forCharts}`, '12h': `, ${forYears}` };
const isAdded = ({ name }: Tier): boolean => name in ADDED;
const added = (name: Tier['name']): readonly Tier[] => TIERS.filter((tier) => tier.name === name);
const WEEK_MS = 7 * 86_400_000;

/** Week by week: the memory of a statement is bounded. */
async function byWeek(
  engine: Engine,
  table: string,
  work: (week: { readonly from: number; readonly to: number }) => Promise<void>,
) {
  const weeks = await engine.rows<{ week: number }>(
    `SELECT DISTINCT intDiv(toUnixTimestamp(bucket), ${WEEK_MS / 1_000}) AS week FROM ${table} ORDER BY week`,
  );
  for (const { week } of weeks) await work({ from: week * WEEK_MS, to: (week + 1) * WEEK_MS });
}

const fillByWeek = (engine: Engine, tier: Tier, from: string): Promise<void> =>
  byWeek(engine, from, (week) => engine.command(fillTierSql(tier, from), week, { max_threads: 1 }));

/** Gives a tier the granules of {@link forCharts}. The old table is there until the new one is whole and has taken its name. */
async function move4h(engine: Engine, clauses: EngineClauses): Promise<void> {
  for (const tier of added('4h')) {
    const moving = `${tier.table}_moving`;
    await engine.command(`DROP TABLE IF EXISTS ${moving} SYNC`);
    await engine.command(createTier(tier, clauses, moving));
    await byWeek(engine, tier.table, (week) => engine.command(copyTierSql(tier, moving), week, { max_threads: 1 }));
    await engine.command(`EXCHANGE TABLES ${tier.table} AND ${moving}`);
    await engine.command(`DROP TABLE ${moving} SYNC`);
  }
}

/**
 * Two parts of a size are merged where the engine would wait for five: some rows more are written again, and a chart of a year
 * reads half as many parts. An older ClickHouse has no such setting.
 */
async function mergeSooner(engine: Engine): Promise<void> {
  const known = await engine.rows(`SELECT name FROM system.merge_tree_settings WHERE name = 'merge_selector_base'`);
  if (known.length === 0) return;
  for (const tier of added('12h')) await engine.command(`ALTER TABLE ${tier.table} MODIFY SETTING merge_selector_base = 2`);
}

/** Forward only: a step that was released is never changed. */
const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: (clauses) => [
      `CREATE TABLE IF NOT EXISTS results (
        ${RESULT_COLUMNS.map(({ name, type, codec }) => `${name} ${type} CODEC(${codec})`).join(',\n')},
        INDEX received_at_range received_at TYPE minmax GRANULARITY 1,
        INDEX sequence_range sequence TYPE minmax GRANULARITY 1
      ) ENGINE = ${clauses.plain} PARTITION BY toYYYYMMDD(round_at) ORDER BY (target_id, vantage, series, round_at)
      SETTINGS ${durable}, non_replicated_deduplication_window = 1000`,
      ...TIERS.filter((tier) => !isAdded(tier)).map((tier) => createTier(tier, clauses)),
      `CREATE TABLE IF NOT EXISTS ingested_sequences (agent_id String, epoch Int64, firsts Array(Int64), lasts Array(Int64), version UInt64)
      ENGINE = ${clauses.replacing} ORDER BY (agent_id, epoch) SETTINGS ${durable}`,
      `CREATE TABLE IF NOT EXISTS watermarks (name String, at Int64, version UInt64)
      ENGINE = ${clauses.replacing} ORDER BY name SETTINGS ${durable}`,
    ],
  },
  {
    version: 2,
    statements: (clauses) => [
      `CREATE TABLE IF NOT EXISTS commands (
        ${COMMAND_COLUMNS.map(({ name, type, codec }) => `${name} ${type} CODEC(${codec})`).join(',\n')},
        INDEX hosts host_id TYPE set(200) GRANULARITY 1,
        INDEX sequences sequence TYPE minmax GRANULARITY 1,
        INDEX received received_at TYPE minmax GRANULARITY 1,
        INDEX shells shell_id TYPE bloom_filter(0.01) GRANULARITY 1,
        INDEX sessions session_id TYPE bloom_filter(0.01) GRANULARITY 1,
        INDEX words lower(text) TYPE ngrambf_v1(4, 32768, 3, 0) GRANULARITY 1
      ) ENGINE = ${clauses.plain} PARTITION BY toYYYYMM(toDateTime(intDiv(at, 1000000)))
      ORDER BY (at, host_id, epoch, sequence) SETTINGS ${durable}, non_replicated_deduplication_window = 1000`,
    ],
  },
  {
    version: 3,
    statements: (clauses) => added('4h').map((tier) => createTier(tier, clauses)),
    work: async (engine) => {
      for (const tier of added('4h')) await fillByWeek(engine, tier, 'results_1h');
    },
  },
  { version: 4, statements: () => [], work: moveCommands },
  { version: 5, statements: () => [], work: move4h },
  {
    version: 6,
    statements: (clauses) => added('12h').map((tier) => createTier(tier, clauses)),
    work: async (engine) => {
      for (const tier of added('12h')) {
        await fillByWeek(engine, tier, 'results_4h');
        await engine.command(`OPTIMIZE TABLE ${tier.table} FINAL`);
      }
    },
  },
  { version: 7, statements: () => [], work: mergeSooner },
];

/** Brings the schema up to date. Each step is made of statements that may be repeated after a break. */
export async function migrate(engine: Engine, clauses: EngineClauses, log: Log): Promise<void> {
  await engine.command(
    `CREATE TABLE IF NOT EXISTS schema_migrations (version UInt32, applied_at DateTime) ENGINE = ${clauses.plain} ORDER BY version SETTINGS ${durable}`,
  );
  const [row] = await engine.rows<{ version: number }>('SELECT max(version) AS version FROM schema_migrations');
  const current = row?.version ?? 0;
  for (const migration of MIGRATIONS.filter((each) => each.version > current)) {
    if (migration.work !== undefined && current > 0) {
      log.info({ version: migration.version }, 'the telemetry store is being migrated: minutes, where it holds years');
    }
    for (const statement of migration.statements(clauses)) await engine.command(statement);
    await migration.work?.(engine, clauses);
    await engine.command('INSERT INTO schema_migrations VALUES ({version:UInt32}, now())', { version: migration.version });
    log.info({ version: migration.version }, 'the schema of the telemetry store was migrated');
  }
}
