import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { Engine } from '../engine/engine.ts';
import { readWatermark, writeWatermark } from '../ingest/watermarks.ts';
import { rollUpAllSql, rollUpTouchedSql } from './rollup-sql.ts';
import { type Retention, type Tier, TIERS } from './tiers.ts';

/** Width in which touched results are counted, s. */
const QUARTER_S = 900;
/** Touched results that one statement works on, so that its memory is bounded: few of them share a bucket of a fine tier. */
const WINDOW_ROWS = { fine: 80_000, coarse: 300_000 } as const;
const FINE_S = 300;
/** Touched results from which on it may be cheaper to compute a window as a whole. */
const WHOLE_ROWS = 10_000;
/** Results lie in the order of their lines: buckets are finished one after the other, in small blocks. */
const WHOLE_SETTINGS = {
  optimize_aggregation_in_order: 1,
  aggregation_in_order_max_block_bytes: '5000000',
  max_block_size: '8192',
  max_threads: 1,
} as const;

type Window = { readonly from: number; readonly to: number; readonly rows: number };
type Quarter = { readonly quarter: number; readonly rows: number };

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
  readonly metrics: Metrics;
  readonly retention: Retention;
  readonly isWholeWindow?: WholeWindow | undefined;
}): Promise<Rollups> {
  const { engine, clock, metrics, retention, isWholeWindow = mostlyTouched } = options;
  const seconds = metrics.histogram('rollup_seconds', 'Time of one run of the rollups');
  let doneUntil = (await readWatermark(engine, 'rollup')) ?? 0;
  let queue: Promise<void> = Promise.resolve();

  const compute = async (tier: Tier, { from, to, rows }: Window, received: { after: number; until: number }): Promise<void> => {
    const parameters = { ...received, version: received.until, from, to };
    if (await isWholeWindow(rows, () => countResults(from, to)))
      await engine.command(rollUpAllSql(tier), parameters, WHOLE_SETTINGS);
    else await engine.command(rollUpTouchedSql(tier), parameters);
  };
  const countResults = async (from: number, to: number): Promise<number> => {
    const [all] = await engine.rows<{ n: number }>(
      'SELECT count() AS n FROM results WHERE round_at >= fromUnixTimestamp64Milli({from:Int64}) AND round_at < fromUnixTimestamp64Milli({to:Int64})',
      { from, to },
    );
    return all?.n ?? 0;
  };

  const roll = async (until: number): Promise<void> => {
    if (until <= doneUntil) return;
    const begin = clock.monotonicUs();
    const after = doneUntil;
    const quarters = await engine.rows<Quarter>(
      `SELECT intDiv(toUnixTimestamp(round_at), ${QUARTER_S}) AS quarter, count() AS rows FROM results
       WHERE received_at > fromUnixTimestamp64Milli({after:Int64}) AND received_at <= fromUnixTimestamp64Milli({until:Int64})
       GROUP BY quarter ORDER BY quarter`,
      { after, until },
    );
    for (const tier of TIERS) {
      // What its tier would drop at once is not computed.
      const oldest = clock.wallMs() - (retention[tier.kept] ?? Infinity);
      for (const window of windows(quarters, tier.seconds)) {
        if (window.to > oldest) await compute(tier, window, { after, until });
      }
    }
    await writeWatermark(engine, 'rollup', until);
    doneUntil = until;
    seconds.observe((clock.monotonicUs() - begin) / 1e6);
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

/** Ranges (Unix ms) of whole buckets that hold all touched results, each with about {@link WINDOW_ROWS} at most. */
function windows(quarters: readonly Quarter[], bucketS: number): readonly Window[] {
  const width = Math.max(bucketS, QUARTER_S);
  const most = bucketS <= FINE_S ? WINDOW_ROWS.fine : WINDOW_ROWS.coarse;
  const found: { from: number; to: number; rows: number }[] = [];
  for (const { quarter, rows } of quarters) {
    const from = Math.floor((quarter * QUARTER_S) / width) * width * 1_000;
    const last = found.at(-1);
    // The same bucket, or the next ones on the same day: statements do not read more partitions than they must.
    const isNear = last !== undefined && (from < last.to || (from - last.from < 86_400_000 && last.rows + rows <= most));
    if (isNear) {
      last.to = Math.max(last.to, from + width * 1_000);
      last.rows += rows;
    } else {
      found.push({ from, to: from + width * 1_000, rows });
    }
  }
  return found;
}
