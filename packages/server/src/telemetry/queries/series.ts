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
import { coverageOf, expectedRounds, type Rounds } from './coverage.ts';
import type { LineBegins } from './line-begins.ts';
import { readLines } from './line-rows.ts';
import type { MergedLine } from './merge-rows.ts';
import { rounded } from './rounded.ts';

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
    const rolledUpTo = parts.rolledUpTo();
    return readLines(engine, {
      ...query,
      ...chosen,
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
  const lines = isGuessed ? guessed : await read(choice);
  return {
    bucketS: choice.bucketS,
    tier: choice.tier === 'raw' ? 'raw' : choice.tier.name,
    buckets: choice.edges.slice(0, -1),
    lines: lines.map((line) => {
      const known = firsts.get(`${line.vantage}\n${line.series}`);
      return lineSeries(line, choice.edges, { now, intervalS: query.intervalS, firstAt: known ?? beginOf(line, choice.edges) });
    }),
  };
}

/** Begin of the first bucket of a line that has a result, Unix ms. */
function beginOf({ buckets }: MergedLine, edges: Edges): number | null {
  const first = edges.findIndex((_, bucket) => (buckets['rounds']?.[bucket] ?? 0) + (buckets['unknown']?.[bucket] ?? 0) > 0);
  return edges[first] ?? null;
}

function lineSeries(line: MergedLine, edges: Edges, time: Rounds): LineSeries {
  const count = edges.length - 1;
  const of = (name: string): Float64Array => line.buckets[name] ?? new Float64Array(count);
  const whole = (name: string): number => line.whole.values[name] ?? 0;
  // Pushed: so a list of numbers without a gap is one block of doubles.
  const perBucket = <Of extends Value>(value: (bucket: number) => Of): Of[] => {
    const values: Of[] = [];
    for (let at = 0; at < count; at += 1) values.push(value(at));
    return values;
  };
  const ratio = (sums: Float64Array, over: Float64Array, factor: number, step: number, reached = over): Value[] =>
    perBucket((at) => (reached[at] === 0 ? null : rounded((sums[at] ?? 0) / (over[at] ?? 0) / factor, step)));

  const [up, degraded, down, unknown] = [of('up'), of('degraded'), of('down'), of('unknown')];
  const timed = up.map((count, at) => count + (degraded[at] ?? 0));
  const settled = timed.map((count, at) => count + (down[at] ?? 0));
  const ifTimed = (values: Float64Array, factor: number): Value[] =>
    perBucket((at) => (timed[at] === 0 ? null : (values[at] ?? 0) / factor));
  const allTimed = whole('up') + whole('degraded');
  const allSettled = allTimed + whole('down');

  const totalAvg = ratio(of('total_sum'), timed, 1_000, US);
  const speedAvg = ratio(of('speed_sum'), timed, 1, 1);
  const phases: Record<string, Value[]> = {};
  const legend: Record<string, Legend> = {
    totalUs: legendOf('total', totalAvg, allTimed, 1_000),
    speed: legendOf('speed', speedAvg, allTimed, 1),
  };
  for (const phase of ROLLUP_PHASES) {
    const means = ratio(of(`${phase}_sum`), timed, 1_000, US, of(`${phase}_count`));
    phases[`${phase}Us`] = means;
    legend[`${phase}Us`] = legendOf(phase, means, whole(`${phase}_count`), 1_000);
  }

  /** Mean over all timed results, extremes over those that reached the phase. */
  function legendOf(name: string, points: readonly Value[], reached: number, factor: number): Legend {
    if (reached === 0) return { last: null, avg: null, max: null, min: null };
    return {
      last: points.findLast((point) => point !== null) ?? null,
      avg: whole(`${name}_sum`) / allTimed / factor,
      max: whole(`${name}_max`) / factor,
      min: whole(`${name}_min`) / factor,
    };
  }

  const [p50, p90, p95, p99] = (allTimed === 0 ? [] : line.whole.quantileBins).map(inMs);
  const quantile = (which: number): Value[] =>
    perBucket((at) => (timed[at] === 0 ? null : inMs(line.quantileBins[which]?.[at] ?? 0)));
  const expected = perBucket((at) => expectedRounds(edges[at] ?? 0, edges[at + 1] ?? 0, time));
  const rounds = of('rounds');

  return {
    vantage: line.vantage,
    series: line.series,
    count: perBucket((at) => (settled[at] ?? 0) + (unknown[at] ?? 0)),
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
    coverage: perBucket((at) => coverageOf(rounds[at] ?? 0, expected[at] ?? 0)),
    down: [...down],
    degraded: [...degraded],
    unknown: [...unknown],
    legend,
    summary: {
      count: allSettled + whole('unknown'),
      availability: allSettled === 0 ? null : allTimed / allSettled,
      coverage: coverageOf(
        whole('rounds'),
        expected.reduce((sum, rounds) => sum + rounds, 0),
      ),
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
