import type { Engine } from '../engine/engine.ts';
import { binMiddle, quantileBinsSql } from '../rollups/sketch.ts';
import { type Tier, TIERS } from '../rollups/tiers.ts';
import type { Line, OverviewStatistics, TimeRange } from '../telemetry-store.ts';

/** Rows of one line a sketch may be merged from: above it a coarser tier is read. */
const MAX_SKETCH_ROWS = 100;
/** Buckets of a tier that a slot needs, so that its edges are sharp enough. */
const BUCKETS_PER_SLOT = 3;

type SlotRow = {
  readonly targetId: string;
  readonly vantage: string;
  readonly series: Line['series'];
  readonly slots: readonly (readonly [slot: number, timed: number, down: number, totalSum: number])[];
};
type SketchRow = {
  readonly targetId: string;
  readonly vantage: string;
  readonly series: Line['series'];
  /** Of the 95th percentile; 0: there are no times. */
  readonly p95Bin: number;
};

/** Small statistics of all lines over a range cut into equal slots. Tiers only: the store rolls up before. */
export async function queryOverview(
  engine: Engine,
  query: TimeRange & { readonly slots: number },
): Promise<readonly OverviewStatistics[]> {
  const slotS = (query.to - query.from) / 1_000 / query.slots;
  const rangeS = (query.to - query.from) / 1_000;
  const slotTier = TIERS.findLast(({ seconds }) => seconds * BUCKETS_PER_SLOT <= slotS) ?? firstTier();
  const sketchTier =
    TIERS.find(({ seconds }) => rangeS / seconds <= MAX_SKETCH_ROWS && seconds >= slotTier.seconds) ?? lastTier();
  const parameters = { from: Math.floor(query.from / 1_000), to: Math.ceil(query.to / 1_000), slotS, slots: query.slots };
  const inRange = (tier: Tier): string =>
    `bucket >= toDateTime({from:UInt32} - ${tier === sketchTier && tier !== slotTier ? tier.seconds - 1 : 0}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')`;
  const [slotRows, sketchRows] = await Promise.all([
    engine.rows<SlotRow>(
      `SELECT target_id AS targetId, vantage, series, groupArray((slot, timed, down, total)) AS slots FROM (
         SELECT target_id, vantage, series, least(toUInt32((toUnixTimestamp(bucket) - {from:UInt32}) / {slotS:Float64}), {slots:UInt32} - 1) AS slot,
           sum(up) + sum(degraded) AS timed, sum(down) AS down, sum(total_sum) AS total
         FROM ${slotTier.table} FINAL PREWHERE ${inRange(slotTier)} GROUP BY target_id, vantage, series, slot)
       GROUP BY target_id, vantage, series`,
      parameters,
    ),
    engine.rows<SketchRow>(
      `SELECT target_id AS targetId, vantage, series, ${quantileBinsSql([0.95])}[1] AS p95Bin
       FROM ${sketchTier.table} FINAL PREWHERE ${inRange(sketchTier)} GROUP BY target_id, vantage, series`,
      parameters,
    ),
  ]);
  const key = (line: Line): string => `${line.targetId}\n${line.vantage}\n${line.series}`;
  const sketches = new Map(sketchRows.map((row) => [key(row), row]));
  return slotRows.map((row) => {
    const sparkline: (number | null)[] = Array.from({ length: query.slots }, () => null);
    const sparklineDown: (number | null)[] = Array.from({ length: query.slots }, () => null);
    let allTimed = 0;
    let allDown = 0;
    for (const [slot, timed, down, totalSum] of row.slots) {
      if (timed > 0) sparkline[slot] = totalSum / timed / 1_000;
      if (timed + down > 0) sparklineDown[slot] = down / (timed + down);
      allTimed += timed;
      allDown += down;
    }
    const sketch = sketches.get(key(row));
    return {
      targetId: row.targetId,
      vantage: row.vantage,
      series: row.series,
      sparkline,
      sparklineDown,
      // A sketch without a value has no quantile.
      p95Ms: sketch === undefined || allTimed === 0 ? null : binMiddle(sketch.p95Bin) / 1_000,
      availability: allTimed + allDown === 0 ? null : allTimed / (allTimed + allDown),
      count: allTimed + allDown,
    };
  });
}

function firstTier(): Tier {
  return TIERS[0] as Tier;
}

function lastTier(): Tier {
  return TIERS.at(-1) as Tier;
}
