import type { LineSeries } from '@watchpost/contracts/api/quality';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Engine } from '../engine/engine.ts';
import type { PendingRounds } from '../ingest/pending-rounds.ts';
import { ROLLUP_PHASES } from '../rollups/rollup-columns.ts';
import { addToSketch, quantilesOf, type Sketch, sketchQuantiles } from '../rollups/sketch.ts';
import type { Retention } from '../rollups/tiers.ts';
import type { SeriesAnswer, SeriesQuery } from '../telemetry-store.ts';
import type { Edges } from './buckets.ts';
import { type Choice, chooseTier } from './choose-tier.ts';
import { coverageOf, expectedRounds } from './coverage.ts';
import { type LineExtremes, type LineRow, readLineRows } from './line-rows.ts';

const QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;
/** Other servers write to a shared store too: what they took in is not known here. */
const ANYWHERE = { since: 0, from: -Infinity, to: Infinity } as const;
type Value = number | null;
type Legend = LineSeries['legend'][string];

/** Answers a chart: columns over whole buckets, for each vantage and series that has data in the range. */
export async function querySeries(
  parts: {
    readonly engine: Engine;
    readonly clock: Clock;
    readonly retention: Retention;
    readonly pending: PendingRounds;
    readonly rolledUpTo: () => number;
  },
  query: SeriesQuery,
): Promise<SeriesAnswer> {
  const { engine, clock, retention } = parts;
  const now = clock.wallMs();
  const read = (chosen: Choice) => {
    const { tier, edges } = chosen;
    const rolledUpTo = parts.rolledUpTo();
    return readLineRows(engine, {
      ...query,
      tier,
      edges,
      rolledUpTo,
      pending: engine.isPrivate ? parts.pending.extent() : ANYWHERE,
      now,
    });
  };
  // When the data began seldom changes what is read: so both are asked at once.
  const guess = chooseTier({ ...query, firstAt: null, now, retention });
  const [firsts, guessed] = await Promise.all([firstOfLines(engine, query.targetId), read(guess)]);
  const firstAt = firsts.size === 0 ? null : Math.min(...firsts.values());
  const choice = chooseTier({ ...query, firstAt, now, retention });
  const isGuessed = choice.tier === guess.tier && choice.bucketS === guess.bucketS && choice.edges.length === guess.edges.length;
  const { rows, extremes } = isGuessed ? guessed : await read(choice);
  const extremesOf = new Map(extremes.map((each) => [`${each.vantage}\n${each.series}`, each]));
  const lines = Map.groupBy(rows, (row) => `${row.vantage}\n${row.series}`);
  return {
    bucketS: choice.bucketS,
    tier: choice.tier === 'raw' ? 'raw' : choice.tier.name,
    buckets: choice.edges.slice(0, -1),
    lines: [...lines].map(([key, ofLine]) => {
      const first = firsts.get(key);
      const seen = ofLine.find((row) => number(row, 'rounds') + number(row, 'unknown') > 0)?.slot;
      return lineSeries(ofLine, extremesOf.get(key), choice.edges, {
        now,
        intervalS: query.intervalS,
        firstAt: first ?? (seen === undefined ? null : seen * 1_000),
      });
    }),
  };
}

/** When each line of a target began, Unix ms, by `vantage\nseries`. What is not rolled up yet is left out. */
async function firstOfLines(engine: Engine, targetId: string): Promise<ReadonlyMap<string, number>> {
  const rows = await engine.rows<{ vantage: string; series: string; first: number }>(
    `SELECT vantage, series, toUnixTimestamp64Milli(min(first_at)) AS first FROM results_1d WHERE target_id = {targetId:String} GROUP BY vantage, series`,
    { targetId },
  );
  return new Map(rows.map(({ vantage, series, first }) => [`${vantage}\n${series}`, first]));
}

const number = (row: LineRow, name: string): number => Number(row[name]);

function lineSeries(
  rows: readonly LineRow[],
  extremes: LineExtremes | undefined,
  edges: Edges,
  time: { readonly now: number; readonly intervalS: number; readonly firstAt: number | null },
): LineSeries {
  const bySlot = new Map(rows.map((row) => [row.slot * 1_000, row]));
  const slots = edges.slice(0, -1).map((edge) => bySlot.get(edge) ?? null);
  const column = (value: (row: LineRow) => Value): Value[] => slots.map((row) => (row === null ? null : value(row)));
  const counts = (name: string): number[] => slots.map((row) => (row === null ? 0 : number(row, name)));
  const timed = (row: LineRow): number => number(row, 'up') + number(row, 'degraded');
  const settled = (row: LineRow): number => timed(row) + number(row, 'down');
  const ifTimed = (row: LineRow, value: number): Value => (timed(row) === 0 ? null : value);
  const quantiles = slots.map((row) => (row === null ? null : quantilesOf(row.bins, row.bin_counts, QUANTILES)));
  const quantile = (index: number): Value[] => quantiles.map((each) => inMs(each?.[index] ?? null));
  const total = (name: string): number => rows.reduce((sum, row) => sum + number(row, name), 0);
  const allTimed = total('up') + total('degraded');
  const allSettled = allTimed + total('down');

  const mean =
    (phase: string) =>
    (row: LineRow): Value =>
      ifTimed(row, number(row, `${phase}_sum`) / timed(row) / 1_000);
  const phaseMean =
    (phase: string) =>
    (row: LineRow): Value =>
      number(row, `${phase}_count`) === 0 ? null : mean(phase)(row);
  const phases = Object.fromEntries(
    ROLLUP_PHASES.map((phase) => [`${phase}Us`, column(phaseMean(phase))]),
  ) as LineSeries['phases'];
  const totalAvg = column(mean('total'));
  const speedAvg = column((row) => ifTimed(row, number(row, 'speed_sum') / timed(row)));

  const extreme = (name: string, having: readonly LineRow[], of: (...values: number[]) => number): number =>
    extremes?.[name] === undefined ? of(...having.map((row) => number(row, name))) : Number(extremes[name]);

  /** Mean over all timed results, extremes over those that reached the phase. */
  const legendOf = (name: string, points: readonly Value[], factor: number): Legend => {
    const having = rows.filter(
      (row) => timed(row) > 0 && (row[`${name}_count`] === undefined || number(row, `${name}_count`) > 0),
    );
    if (having.length === 0) return { last: null, avg: null, max: null, min: null };
    return {
      last: points.findLast((point) => point !== null) ?? null,
      avg: total(`${name}_sum`) / allTimed / factor,
      max: extreme(`${name}_max`, having, Math.max) / factor,
      min: extreme(`${name}_min`, having, Math.min) / factor,
    };
  };
  const sketch: Sketch = new Map();
  for (const row of rows) addToSketch(sketch, row.bins, row.bin_counts);
  const [p50, p90, p95, p99] = sketchQuantiles(sketch, QUANTILES).map(inMs);
  const expected = edges.slice(0, -1).map((from, index) => expectedRounds({ from, to: edges[index + 1] ?? from, ...time }));

  return {
    vantage: rows[0]?.vantage ?? '',
    series: rows[0]?.series ?? 'any',
    count: slots.map((row) => (row === null ? 0 : settled(row) + number(row, 'unknown'))),
    phases,
    totalAvg,
    totalMin: column((row) => ifTimed(row, number(row, 'total_min') / 1_000)),
    totalMax: column((row) => ifTimed(row, number(row, 'total_max') / 1_000)),
    p50: quantile(0),
    p90: quantile(1),
    p95: quantile(2),
    p99: quantile(3),
    speedAvg,
    speedMin: column((row) => ifTimed(row, number(row, 'speed_min'))),
    speedMax: column((row) => ifTimed(row, number(row, 'speed_max'))),
    availability: column((row) => (settled(row) === 0 ? null : timed(row) / settled(row))),
    coverage: slots.map((row, index) => coverageOf(row === null ? 0 : number(row, 'rounds'), expected[index] ?? 0)),
    down: counts('down'),
    degraded: counts('degraded'),
    unknown: counts('unknown'),
    legend: {
      totalUs: legendOf('total', totalAvg, 1_000),
      ...Object.fromEntries(
        ROLLUP_PHASES.map((phase) => [`${phase}Us`, legendOf(phase, phases[`${phase}Us` as keyof typeof phases], 1_000)]),
      ),
      speed: legendOf('speed', speedAvg, 1),
    },
    summary: {
      count: allSettled + total('unknown'),
      availability: allSettled === 0 ? null : allTimed / allSettled,
      coverage: coverageOf(
        total('rounds'),
        expected.reduce((sum, each) => sum + each, 0),
      ),
      p50: p50 ?? null,
      p90: p90 ?? null,
      p95: p95 ?? null,
      p99: p99 ?? null,
    },
  };
}

function inMs(us: Value): Value {
  return us === null ? null : us / 1_000;
}
