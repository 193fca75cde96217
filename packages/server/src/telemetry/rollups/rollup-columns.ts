import { NULL_US, PHASE_COLUMNS, SPEED_SQL } from '../rows/result-columns.ts';

/**
 * How a column of a rollup comes about: `raw` from results, `merge` from rows of a finer tier; `kind` says what that
 * merges. Times and speed are over the results that answered rightly (up and degraded): the time of a failure says when it was
 * given up, not how fast it is.
 */
export type RollupColumn = {
  readonly name: string;
  readonly type: string;
  readonly codec: string;
  readonly raw: string;
  readonly merge: string;
  readonly kind: 'sum' | 'least' | 'most' | 'time' | 'sketch';
};

/** Bins of the sketch: bin b holds times t (µs) with GAMMA^(b-1) < t <= GAMMA^b; bin 0 holds 0 and 1. Relative error 1 %. */
export const SKETCH_GAMMA = 1.02;

/** Results whose times count. */
export const TIMED_SQL = "outcome IN ('up', 'degraded')";
/** Bin of the total of a result. */
export const BIN_SQL = `toUInt16(ceil(log(greatest(total_us, 1)) / log(${SKETCH_GAMMA})))`;
/** Bins of all times, sorted. */
const binsRaw = `arraySort(groupArrayIf(${BIN_SQL}, ${TIMED_SQL}))`;
/** Sketches of many rows as one: a sorted array of pairs, the bin in the upper half and its count in the lower. `sumMap` takes ten times as long. */
const pairsMerge = 'arraySort(groupArrayArray(arrayMap((b, n) -> bitShiftLeft(toUInt64(b), 32) + n, bins, bin_counts)))';
const binsMerge = `arrayMap(pair -> toUInt16(bitShiftRight(pair, 32)), ${pairsMerge})`;
/** What a running count adds within each run of equal bins. */
const countsOfRuns = (bins: string, running: string): string =>
  `arrayMap(n -> toUInt32(n), arrayPopFront(arrayDifference(arrayPushFront(
    arrayFilter((n, bin, next) -> bin != next, ${running}, ${bins}, arrayShiftLeft(${bins}, 1, 65535)), 0))))`;

const count = (name: string, raw: string): RollupColumn => ({
  name,
  type: 'UInt32',
  codec: 'T64, ZSTD(1)',
  raw: `toUInt32(${raw})`,
  merge: `toUInt32(sum(${name}))`,
  kind: 'sum',
});
const sum = (name: string, raw: string): RollupColumn => ({
  name,
  type: 'UInt64',
  codec: 'T64, ZSTD(1)',
  raw,
  merge: `sum(${name})`,
  kind: 'sum',
});
/** A minimum over nothing is the largest value, a maximum over nothing is 0. */
const least = (name: string, value: string, where: string): RollupColumn => ({
  name,
  type: name.startsWith('speed') ? 'UInt64' : 'UInt32',
  codec: 'T64, ZSTD(1)',
  raw: `min(if(${where}, ${value}, ${name.startsWith('speed') ? '18446744073709551615' : NULL_US}))`,
  merge: `min(${name})`,
  kind: 'least',
});
const most = (name: string, value: string, where: string): RollupColumn => ({
  name,
  type: name.startsWith('speed') ? 'UInt64' : 'UInt32',
  codec: 'T64, ZSTD(1)',
  raw: `max(if(${where}, ${value}, 0))`,
  merge: `max(${name})`,
  kind: 'most',
});

/** `total`, `redirect`, `dns`, …: the times a rollup keeps. */
export const ROLLUP_PHASES = PHASE_COLUMNS.map((column) => column.replace(/_us$/, ''));

/** Columns of every tier after its key (target_id, vantage, series, bucket). Sums are of integers: exact in any order. */
export const ROLLUP_COLUMNS: readonly RollupColumn[] = [
  count('up', "countIf(outcome = 'up')"),
  count('degraded', "countIf(outcome = 'degraded')"),
  count('down', "countIf(outcome = 'down')"),
  count('unknown', "countIf(outcome = 'unknown')"),
  // A round lies in exactly one bucket, so the numbers of different rounds add up.
  count('rounds', "uniqExactIf(round_at, outcome != 'unknown')"),
  {
    name: 'first_at',
    type: "DateTime64(3, 'UTC')",
    codec: 'DoubleDelta, ZSTD(1)',
    raw: 'min(round_at)',
    merge: 'min(first_at)',
    kind: 'time',
  },
  {
    name: 'last_at',
    type: "DateTime64(3, 'UTC')",
    codec: 'DoubleDelta, ZSTD(1)',
    raw: 'max(round_at)',
    merge: 'max(last_at)',
    kind: 'time',
  },
  sum('total_sum', `sumIf(toUInt64(total_us), ${TIMED_SQL})`),
  least('total_min', 'total_us', TIMED_SQL),
  most('total_max', 'total_us', TIMED_SQL),
  ...ROLLUP_PHASES.flatMap((phase) => {
    const column = `${phase}_us`;
    const reached = `${TIMED_SQL} AND ${column} != ${NULL_US}`;
    return [
      sum(`${phase}_sum`, `sumIf(toUInt64(${column}), ${reached})`),
      count(`${phase}_count`, `countIf(${reached})`),
      least(`${phase}_min`, column, reached),
      most(`${phase}_max`, column, reached),
    ];
  }),
  sum('speed_sum', `sumIf(${SPEED_SQL}, ${TIMED_SQL})`),
  least('speed_min', SPEED_SQL, TIMED_SQL),
  most('speed_max', SPEED_SQL, TIMED_SQL),
  {
    name: 'bins',
    type: 'Array(UInt16)',
    codec: 'ZSTD(1)',
    raw: `arrayCompact(${binsRaw})`,
    merge: `arrayCompact(${binsMerge})`,
    kind: 'sketch',
  },
  {
    name: 'bin_counts',
    type: 'Array(UInt32)',
    codec: 'ZSTD(1)',
    raw: countsOfRuns(binsRaw, `arrayEnumerate(${binsRaw})`),
    merge: countsOfRuns(binsMerge, `arrayCumSum(arrayMap(pair -> bitAnd(pair, 4294967295), ${pairsMerge}))`),
    kind: 'sketch',
  },
];
