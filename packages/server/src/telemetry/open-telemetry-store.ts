import { join } from 'node:path';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Log } from '@watchpost/runtime/log/log';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import { type Engine, openEngine } from './engine/engine.ts';
import { createIngest } from './ingest/ingest.ts';
import { openLedger } from './ingest/ledger.ts';
import { createPendingRounds } from './ingest/pending-rounds.ts';
import { createLineBegins } from './queries/line-begins.ts';
import { queryLatest } from './queries/latest.ts';
import { queryOverview } from './queries/overview.ts';
import { queryResult, queryResults, streamResults } from './queries/results-page.ts';
import { querySeries } from './queries/series.ts';
import { checkRetention, openRetention } from './rollups/retention.ts';
import { openRollups, type WholeWindow } from './rollups/roll-up.ts';
import { DEFAULT_RETENTION, type Retention, TIERS } from './rollups/tiers.ts';
import { DEFAULT_CLAUSES, type EngineClauses } from './schema/engine-clauses.ts';
import { migrate } from './schema/migrations.ts';
import type { TelemetryStore } from './telemetry-store.ts';

/** The ledger is written at most this often; a start reads the results received since. */
const CHECKPOINT_MS = 30_000;

export type TelemetryStoreOptions = {
  /** Folder of the private engine. */
  readonly dir: string;
  /** Address of a ClickHouse server with user and password; without it a private engine is started. */
  readonly clickhouseUrl?: string | undefined;
  readonly retention?: Partial<Retention>;
  readonly clauses?: EngineClauses;
  /** Which windows the rollups compute as a whole; tests force both ways. */
  readonly isWholeWindow?: WholeWindow;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
};

/**
 * Opens the store of results: starts the engine (or connects to one), brings the schema up to date and learns which
 * records are there. Rejects with `engine-failed` or `bad-config`.
 */
export async function openTelemetryStore(options: TelemetryStoreOptions): Promise<TelemetryStore & { readonly engine: Engine }> {
  const { clock, log, metrics } = options;
  const retention: Retention = { ...DEFAULT_RETENTION, ...options.retention };
  checkRetention(retention);
  const engine = await openEngine({ dir: join(options.dir, 'clickhouse'), url: options.clickhouseUrl, log });
  try {
    return await openOver(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }

  async function openOver(opened: Engine): Promise<TelemetryStore & { readonly engine: Engine }> {
    await migrate(opened, options.clauses ?? DEFAULT_CLAUSES, log);
    const keeper = await openRetention(opened, retention);
    const ledger = await openLedger(opened);
    const pending = createPendingRounds(ledger.newestReceivedAt);
    const rollups = await openRollups({ engine: opened, clock, log, metrics, retention, isWholeWindow: options.isWholeWindow });
    const ingest = createIngest({
      engine: opened,
      ledger,
      pending,
      clock,
      log,
      metrics,
      acceptFrom: () => keeper.acceptFrom(clock.wallMs()),
    });
    const begins = createLineBegins({ engine: opened, clock });
    let checkpointAt = -Infinity;
    let checkpointedUntil = 0;

    const checkpoint = async (): Promise<void> => {
      const settledAt = ingest.settledAt();
      checkpointAt = clock.monotonicUs();
      if (settledAt <= checkpointedUntil) return;
      await ledger.checkpoint(settledAt);
      checkpointedUntil = settledAt;
    };
    const rollUp = async (): Promise<void> => {
      await ingest.settleDoubts();
      await rollups.run(ingest.settledAt);
      pending.forget(rollups.doneUntil());
      if (clock.monotonicUs() - checkpointAt > CHECKPOINT_MS * 1_000) await checkpoint();
    };

    return {
      engine: opened,
      insertResults: async (batch) => ({ inserted: await ingest.insert(batch) }),
      latest: async () => {
        await rollUp();
        return await queryLatest(opened);
      },
      overview: (query) => queryOverview(opened, query),
      series: (query) => querySeries({ engine: opened, clock, retention, pending, rolledUpTo: rollups.doneUntil, begins }, query),
      results: (query) => queryResults(opened, query),
      result: (id) => queryResult(opened, id),
      exportResults: (query) => streamResults(opened, query),
      rollUp,
      enforceRetention: async (now) => {
        await rollUp();
        await keeper.enforce(now);
      },
      deleteTarget: async (targetId) => {
        // The ledger must know the records before their rows go: a late repeat must not bring them back.
        await rollUp();
        await checkpoint();
        for (const table of ['results', ...TIERS.map((tier) => tier.table)]) {
          await opened.command(
            `DELETE FROM ${table} WHERE target_id = {targetId:String}`,
            { targetId },
            { lightweight_deletes_sync: '2' },
          );
        }
      },
      statistics: async () => {
        const [row] = await opened.rows<{ rawRows: number; diskBytes: number }>(
          `SELECT sumIf(rows, table = 'results') AS rawRows, sum(bytes_on_disk) AS diskBytes FROM system.parts WHERE active AND database = currentDatabase()`,
        );
        const lagMs = Math.max(0, ingest.settledAt() - rollups.doneUntil());
        return {
          rawRows: row?.rawRows ?? 0,
          diskBytes: row?.diskBytes ?? 0,
          rollupLagS: rollups.doneUntil() === 0 ? 0 : lagMs / 1_000,
        };
      },
      isReady: () => opened.ping(),
      close: async () => {
        await ingest.close();
        await checkpoint().catch((error: unknown) =>
          log.warn({ err: error }, 'the ledger was not written; the next start reads more'),
        );
        await opened.close();
      },
    };
  }
}
