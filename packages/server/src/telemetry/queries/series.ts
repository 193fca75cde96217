import type { LineSeries } from '@watchpost/contracts/api/quality';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Engine } from '../engine/engine.ts';
import type { PendingRounds } from '../ingest/pending-rounds.ts';
import { ROLLUP_PHASES } from '../rollups/rollup-columns.ts';
import { binMiddle } from '../rollups/sketch.ts';
import type { Retention } from '../rollups/tiers.ts';
import type { SeriesAnswer, SeriesQuery } from '../telemetry-store.ts';
import type { Edges } from './buckets.ts';
import { type Choice, chooseTier } from './choose-tier.ts';
import { coverageOf, expectedRounds } from './coverage.ts';
import type { LineBegins } from './line-begins.ts';
import { type LineColumns, type LineExtremes, readLineRows } from './line-rows.ts';

/** Other servers write to a shared store too: what they took in is not known here. */
const ANYWHERE = { since: 0, from: -Infinity, to: Infinity } as const;
/** Parts of a millisecond, and of a ratio, that an answer tells. */
const US = 1_000;
const MILLIONTH = 1_000_000;
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
    readonly begins: LineBegins;
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
  const [firsts, guessed] = await Promise.all([parts.begins.of(query.targetId), read(guess)]);
  const firstAt = firsts.size === 0 ? null : Math.min(...firsts.values());
  const isCut = Object.values(retention).some((kept) => kept !== null && now - kept > query.from);
  const choice = isCut && firstAt !== null ? chooseTier({ ...query, firstAt, now, retention }) : guess;
  const isGuessed = choice.tier === guess.tier && choice.bucketS === guess.bucketS && choice.edges.length === guess.edges.length;
  const { lines, extremes } = isGuessed ? guessed : await read(choice);
  const keyOf = (line: { readonly vantage: string; readonly series: string }): string => `${line.vantage}\n${line.series}`;
  const extremesOf = new Map(extremes.map((each) => [keyOf(each), each]));
  return {
    bucketS: choice.bucketS,
    tier: choice.tier === 'raw' ? 'raw' : choice.tier.name,
    buckets: choice.edges.slice(0, -1),
    lines: lines.map((line) => {
      const seen = line.slots.find(
        (_, index) => (line.values['rounds']?.[index] ?? 0) + (line.values['unknown']?.[index] ?? 0) > 0,
      );
      return lineSeries(line, extremesOf.get(keyOf(line)), choice.edges, {
        now,
        intervalS: query.intervalS,
        firstAt: firsts.get(keyOf(line)) ?? (seen === undefined ? null : seen * 1_000),
      });
    }),
  };
}

function lineSeries(
  line: LineColumns,
  extremes: LineExtremes | undefined,
  edges: Edges,
  time: { readonly now: number; readonly intervalS: number; readonly firstAt: number | null },
): LineSeries {
  const bySlot = new Map(line.slots.map((slot, index) => [slot * 1_000, index]));
  /** For each bucket the index of its values; -1: there are none. */
  const places = edges.slice(0, -1).map((edge) => bySlot.get(edge) ?? -1);
  const of = (name: string): readonly number[] => line.values[name] ?? [];
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const perBucket = (value: (index: number) => Value): Value[] => places.map((index) => (index < 0 ? null : value(index)));
  const counts = (values: readonly number[]): number[] => places.map((index) => values[index] ?? 0);
  const ratio = (sums: readonly number[], over: readonly number[], factor: number, step: number): Value[] =>
    perBucket((index) => {
      const by = over[index] ?? 0;
      return by === 0 ? null : rounded((sums[index] ?? 0) / by / factor, step);
    });

  const [up, degraded, down, unknown] = [of('up'), of('degraded'), of('down'), of('unknown')];
  const timed = up.map((value, index) => value + (degraded[index] ?? 0));
  const settled = timed.map((value, index) => value + (down[index] ?? 0));
  const ifTimed = (values: readonly number[], factor: number): Value[] =>
    perBucket((index) => ((timed[index] ?? 0) === 0 ? null : (values[index] ?? 0) / factor));
  const allTimed = total(timed);
  const allSettled = total(settled);

  const totalAvg = ratio(of('total_sum'), timed, 1_000, US);
  const speedAvg = ratio(of('speed_sum'), timed, 1, 1);
  const phases: Record<string, Value[]> = {};
  const legend: Record<string, Legend> = {
    totalUs: legendOf('total', totalAvg, timed, 1_000),
    speed: legendOf('speed', speedAvg, timed, 1),
  };
  for (const phase of ROLLUP_PHASES) {
    const reached = of(`${phase}_count`);
    const means = ratio(of(`${phase}_sum`), timed, 1_000, US).map((mean, bucket) =>
      (reached[places[bucket] ?? -1] ?? 0) === 0 ? null : mean,
    );
    phases[`${phase}Us`] = means;
    legend[`${phase}Us`] = legendOf(phase, means, reached, 1_000);
  }

  /** Mean over all timed results, extremes over those that reached the phase. */
  function legendOf(name: string, points: readonly Value[], having: readonly number[], factor: number): Legend {
    if (!having.some((count) => count > 0)) return { last: null, avg: null, max: null, min: null };
    const extreme = (which: 'min' | 'max'): number => {
      const known = extremes?.[`${name}_${which}`];
      const values = of(`${name}_${which}`);
      return known === undefined ? Math[which](...values.filter((_, index) => (having[index] ?? 0) > 0)) : Number(known);
    };
    return {
      last: points.findLast((point) => point !== null) ?? null,
      avg: total(of(`${name}_sum`)) / allTimed / factor,
      max: extreme('max') / factor,
      min: extreme('min') / factor,
    };
  }

  const [p50, p90, p95, p99] = (allTimed === 0 ? [] : (extremes?.quantile_bins ?? [])).map(inMs);
  const quantile = (which: number): Value[] =>
    perBucket((index) => {
      const bin = line.quantileBins[index]?.[which];
      return bin === undefined || (timed[index] ?? 0) === 0 ? null : inMs(bin);
    });
  const expected = edges.slice(0, -1).map((from, index) => expectedRounds({ from, to: edges[index + 1] ?? from, ...time }));
  const rounds = of('rounds');

  return {
    vantage: line.vantage,
    series: line.series,
    count: counts(settled.map((value, index) => value + (unknown[index] ?? 0))),
    phases: phases as LineSeries['phases'],
    totalAvg,
    totalMin: ifTimed(of('total_min'), 1_000),
    totalMax: ifTimed(of('total_max'), 1_000),
    p50: quantile(0),
    p90: quantile(1),
    p95: quantile(2),
    p99: quantile(3),
    speedAvg,
    speedMin: ifTimed(of('speed_min'), 1),
    speedMax: ifTimed(of('speed_max'), 1),
    availability: ratio(timed, settled, 1, MILLIONTH),
    coverage: places.map((index, bucket) => coverageOf(rounds[index] ?? 0, expected[bucket] ?? 0)),
    down: counts(down),
    degraded: counts(degraded),
    unknown: counts(unknown),
    legend,
    summary: {
      count: allSettled + total(unknown),
      availability: allSettled === 0 ? null : allTimed / allSettled,
      coverage: coverageOf(total(rounds), total(expected)),
      p50: p50 ?? null,
      p90: p90 ?? null,
      p95: p95 ?? null,
      p99: p99 ?? null,
    },
  };
}

function inMs(bin: number): number {
  return rounded(binMiddle(bin) / 1_000, US);
}

/** More digits than mean something make a chart twice as long to send. `step` parts of one are kept. */
function rounded(value: number, step: number): number {
  return Math.round(value * step) / step;
}
