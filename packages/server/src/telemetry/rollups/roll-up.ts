import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { Engine } from '../engine/engine.ts';
import { readWatermark, writeWatermark } from '../ingest/watermarks.ts';
import { rollUpSql } from './rollup-sql.ts';
import { TIERS } from './tiers.ts';

const DAY_MS = 86_400_000;

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
}): Promise<Rollups> {
  const { engine, clock, metrics } = options;
  const seconds = metrics.histogram('rollup_seconds', 'Time of one run of the rollups');
  let doneUntil = (await readWatermark(engine, 'rollup')) ?? 0;
  let queue: Promise<void> = Promise.resolve();

  const roll = async (until: number): Promise<void> => {
    if (until <= doneUntil) return;
    const begin = clock.monotonicUs();
    const after = doneUntil;
    const days = await engine.rows<{ day: number }>(
      `SELECT DISTINCT intDiv(toUnixTimestamp64Milli(round_at), ${DAY_MS}) AS day FROM results
       WHERE received_at > fromUnixTimestamp64Milli({after:Int64}) AND received_at <= fromUnixTimestamp64Milli({until:Int64}) ORDER BY day`,
      { after, until },
    );
    for (const { day } of days) {
      const parameters = { after, until, version: until, from: day * DAY_MS, to: (day + 1) * DAY_MS };
      for (const tier of TIERS) await engine.command(rollUpSql(tier), parameters);
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
