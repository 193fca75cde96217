import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Log } from '@watchpost/runtime/log/log';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { Engine } from '../engine/engine.ts';
import { readWatermark, writeWatermark } from '../ingest/watermarks.ts';
import { rollUpAllSql, rollUpTouchedSql } from './rollup-sql.ts';
import { type Retention, type Tier, TIERS } from './tiers.ts';

/** Width in which touched results are counted, s. */
const QUARTER_S = 900;
/** Touched results of a window. */
const WINDOW_ROWS = 400_000;
/** Results that one statement works on, so that its memory is bounded: few of them share a bucket of a fine tier. */
const STATEMENT_ROWS = { fine: 30_000, coarse: 75_000 } as const;
const FINE_S = 300;
/** Above all names of targets. */
const LAST_TARGET = '\u{10ffff}';
/** How often a statement is tried that the engine has no memory for: a merge may just need it. */
const TRIES = 5;
const RETRY_MS = 1_000;
/** Touched results from which on it may be cheaper to compute a window as a whole. */
const WHOLE_ROWS = 10_000;
/** Results lie in the order of their lines: buckets are finished one after the other, in small blocks. */
const WHOLE_SETTINGS = {
  optimize_aggregation_in_order: 1,
  aggregation_in_order_max_block_bytes: '5000000',
  max_block_size: '8192',
  max_threads: 1,
} as const;

/** Windows of a tier after which it is merged: results of several days came at once. */
const SETTLE_WINDOWS = 8;
/** Not again so soon, µs: an agent that was away delivers its days in many runs. */
const SETTLE_REST_US = 3_600e6;

type Window = { readonly from: number; readonly to: number; readonly rows: number };
type Quarter = { readonly quarter: number; readonly rows: number };
type TargetRows = { readonly target: string; readonly rows: number };
/** A run over what was received in `after` < t <= `until`, and the windows it has finished. */
type Plan = { readonly after: number; readonly until: number; readonly quarters: readonly Quarter[]; readonly done: Set<string> };

/** Whether a window is computed as a whole, or only its touched buckets. The result is the same. */
export type WholeWindow = (touchedRows: number, countAllRows: () => Promise<number>) => Promise<boolean>;
const mostlyTouched: WholeWindow = async (touched, countAll) => touched >= WHOLE_ROWS && touched * 2 >= (await countAll());

export type Rollups = {
  /** Up to which receivedAt (Unix ms) the tiers hold all results. */
  readonly doneUntil: () => number;
  /** Computes every bucket that rows received since the last time touched, up to `until`. Calls join one under way. */
  readonly run: (until: () => number) => Promise<void>;
};

/**
 * Tiers are a pure function of the results: a touched bucket is computed anew from all its results and replaces the
 * older row. So repeats, lateness and a break in the middle cannot make it wrong; the watermark moves on at the end.
 */
export async function openRollups(options: {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly retention: Retention;
  readonly isWholeWindow?: WholeWindow | undefined;
}): Promise<Rollups> {
  const { engine, clock, log, metrics, retention, isWholeWindow = mostlyTouched } = options;
  const seconds = metrics.histogram('rollup_seconds', 'Time of one run of the rollups');
  let doneUntil = (await readWatermark(engine, 'rollup')) ?? 0;
  let plan: Plan | null = null;
  let settledAtUs = -Infinity;
  let queue: Promise<void> = Promise.resolve();

  const compute = async (tier: Tier, { from, to, rows }: Window, received: { after: number; until: number }): Promise<void> => {
    const most = tier.seconds <= FINE_S ? STATEMENT_ROWS.fine : STATEMENT_ROWS.coarse;
    const targets = rows < most ? [] : await countByTarget(from, to);
    const countAll = async () =>
      (targets.length > 0 ? targets : await countByTarget(from, to)).reduce((sum, each) => sum + each.rows, 0);
    const isWhole = await isWholeWindow(rows, countAll);
    // One after the other: two at once would need their memory twice.
    for (const [firstTarget, lastTarget] of pieces(targets, most)) {
      const parameters = { ...received, version: received.until, from, to, firstTarget, lastTarget };
      await patiently(() =>
        isWhole
          ? engine.command(rollUpAllSql(tier), parameters, WHOLE_SETTINGS)
          : engine.command(rollUpTouchedSql(tier), parameters),
      );
    }
  };
  const countByTarget = (from: number, to: number): Promise<TargetRows[]> =>
    engine.rows<TargetRows>(
      `SELECT target_id AS target, count() AS rows FROM results
       WHERE round_at >= fromUnixTimestamp64Milli({from:Int64}) AND round_at < fromUnixTimestamp64Milli({to:Int64})
       GROUP BY target ORDER BY target`,
      { from, to },
    );
  const planOf = async (after: number, until: number): Promise<Plan> => ({
    after,
    until,
    done: new Set(),
    quarters: await engine.rows<Quarter>(
      `SELECT intDiv(toUnixTimestamp(round_at), ${QUARTER_S}) AS quarter, count() AS rows FROM results
       WHERE received_at > fromUnixTimestamp64Milli({after:Int64}) AND received_at <= fromUnixTimestamp64Milli({until:Int64})
       GROUP BY quarter ORDER BY quarter`,
      { after, until },
    ),
  });

  const settle = async (quarters: readonly Quarter[]): Promise<void> => {
    const tiers = TIERS.filter(({ settles, seconds }) => settles && windows(quarters, seconds).length >= SETTLE_WINDOWS);
    if (tiers.length === 0 || clock.monotonicUs() - settledAtUs < SETTLE_REST_US) return;
    settledAtUs = clock.monotonicUs();
    for (const { table } of tiers) {
      try {
        await engine.command(`OPTIMIZE TABLE ${table} FINAL`, {}, { optimize_skip_merged_partitions: 1 });
      } catch (error) {
        log.warn({ err: error, table }, 'a tier could not be merged at once; the engine merges it later');
      }
    }
  };

  const roll = async (wanted: number): Promise<void> => {
    if (wanted <= doneUntil) return;
    const begin = clock.monotonicUs();
    // A run that failed goes on where it was: the rest of a large backlog is not put at risk again and again.
    plan ??= await planOf(doneUntil, wanted);
    const { after, until, quarters, done } = plan;
    for (const tier of TIERS) {
      // What its tier would drop at once is not computed.
      const oldest = clock.wallMs() - (retention[tier.kept] ?? Infinity);
      for (const window of windows(quarters, tier.seconds)) {
        const name = `${tier.name} ${window.from}`;
        if (window.to <= oldest || done.has(name)) continue;
        await compute(tier, window, { after, until });
        done.add(name);
      }
    }
    await writeWatermark(engine, 'rollup', until);
    doneUntil = until;
    plan = null;
    await settle(quarters);
    seconds.observe((clock.monotonicUs() - begin) / 1e6);
    if (until < wanted) await roll(wanted);
  };

  return {
    doneUntil: () => doneUntil,
    run: (until) => {
      const turn = queue.then(() => roll(until()));
      queue = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** Ranges of targets with about `most` results each; together they hold every target. */
function* pieces(targets: readonly TargetRows[], most: number): Generator<readonly [first: string, last: string]> {
  let first = '';
  let rows = 0;
  for (const each of targets) {
    rows += each.rows;
    if (rows < most) continue;
    yield [first, each.target];
    // The next possible name: what may have come in since is not left out.
    first = `${each.target}\u0001`;
    rows = 0;
  }
  yield [first, LAST_TARGET];
}

/** A statement may be refused because merges take the memory of the engine; it changes nothing when it is repeated. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES || !(error instanceof AppError && error.code === 'unavailable')) throw error;
      await delay(RETRY_MS * tries);
    }
  }
}

/** Ranges (Unix ms) of whole buckets that hold all touched results, each with about {@link WINDOW_ROWS} at most. */
function windows(quarters: readonly Quarter[], bucketS: number): readonly Window[] {
  const width = Math.max(bucketS, QUARTER_S);
  const found: { from: number; to: number; rows: number }[] = [];
  for (const { quarter, rows } of quarters) {
    const from = Math.floor((quarter * QUARTER_S) / width) * width * 1_000;
    const last = found.at(-1);
    // The same bucket, or the next ones on the same day: statements do not read more partitions than they must.
    const isNear = last !== undefined && (from < last.to || (from - last.from < 86_400_000 && last.rows + rows <= WINDOW_ROWS));
    if (isNear) {
      last.to = Math.max(last.to, from + width * 1_000);
      last.rows += rows;
    } else {
      found.push({ from, to: from + width * 1_000, rows });
    }
  }
  return found;
}
