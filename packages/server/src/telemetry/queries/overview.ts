import type { Engine } from '../engine/engine.ts';
import type { Columns } from '../engine/native-columns.ts';
import { binMiddle, quantileBinsSql } from '../rollups/sketch.ts';
import { type Tier, TIERS } from '../rollups/tiers.ts';
import { SERIES } from '../rows/result-columns.ts';
import type { Line, OverviewStatistics, TimeRange } from '../telemetry-store.ts';
import { rounded } from './rounded.ts';

/** Rows of one line a sketch may be merged from: above it a coarser tier is read. A month is read from its days. */
const MAX_SKETCH_ROWS = 60;
/** Buckets of a tier that a slot needs, so that its edges are sharp enough. */
const BUCKETS_PER_SLOT = 3;

const LINE = 'CAST(target_id AS String) AS target, CAST(vantage AS String) AS vantage_code, toUInt8(series) AS series_number';

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
  const parameters = { from: Math.floor(query.from / 1_000), to: Math.ceil(query.to / 1_000) };
  const inRange = (tier: Tier): string =>
    `bucket >= toDateTime({from:UInt32} - ${tier === sketchTier && tier !== slotTier ? tier.seconds - 1 : 0}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')`;
  const slot = `intDiv((toUnixTimestamp(bucket) - {from:UInt32}) * ${query.slots}, {to:UInt32} - {from:UInt32})`;
  const inSlots = (value: string): string => `sumResample(0, ${query.slots}, 1)(${value}, ${slot})`;
  const [lines, p95BinOf] = await Promise.all([
    engine.columns(
      `SELECT ${LINE}, ${inSlots('up + degraded')} AS timed_in, ${inSlots('down')} AS down_in, ${inSlots('total_sum')} AS total_in
       FROM ${slotTier.table} FINAL PREWHERE ${inRange(slotTier)} GROUP BY target_id, vantage, series`,
      parameters,
      (rows) => sparklinesOf(rows, query.slots),
    ),
    engine.columns(
      `SELECT ${LINE}, ${quantileBinsSql([0.95])}[1] AS p95_bin
       FROM ${sketchTier.table} FINAL PREWHERE ${inRange(sketchTier)} GROUP BY target_id, vantage, series`,
      parameters,
      (rows) => {
        const bins = rows.numbers('p95_bin');
        return new Map(linesOf(rows).map((line, row) => [keyOf(line), bins[row] ?? 0]));
      },
    ),
  ]);
  return lines.map((line) => {
    const bin = p95BinOf.get(keyOf(line));
    // A sketch without a value has no quantile.
    return {
      ...line,
      p95Ms: bin === undefined || !line.availability ? null : binMiddle(bin) / 1_000,
    };
  });
}

function sparklinesOf(rows: Columns, slots: number): readonly Omit<OverviewStatistics, 'p95Ms'>[] {
  const [timed, down, total] = [rows.lists('timed_in').values, rows.lists('down_in').values, rows.lists('total_in').values];
  return linesOf(rows).map((line, row) => {
    const sparkline: (number | null)[] = [];
    const sparklineDown: (number | null)[] = [];
    let [allTimed, allDown] = [0, 0];
    for (let at = row * slots; at < (row + 1) * slots; at += 1) {
      const [timedHere, downHere] = [timed[at] ?? 0, down[at] ?? 0];
      sparkline.push(timedHere === 0 ? null : rounded((total[at] ?? 0) / timedHere / 1_000, 100));
      sparklineDown.push(timedHere + downHere === 0 ? null : rounded(downHere / (timedHere + downHere), 1_000));
      allTimed += timedHere;
      allDown += downHere;
    }
    const count = allTimed + allDown;
    return { ...line, sparkline, sparklineDown, availability: count === 0 ? null : allTimed / count, count };
  });
}

function linesOf(rows: Columns): readonly Line[] {
  const [vantages, series] = [rows.texts('vantage_code'), rows.numbers('series_number')];
  return rows
    .texts('target')
    .map((targetId, row) => ({ targetId, vantage: vantages[row] ?? '', series: SERIES[series[row] ?? 0] ?? 'any' }));
}

function keyOf({ targetId, vantage, series }: Line): string {
  return `${targetId}\n${vantage}\n${series}`;
}

function firstTier(): Tier {
  return TIERS[0] as Tier;
}

function lastTier(): Tier {
  return TIERS.at(-1) as Tier;
}
