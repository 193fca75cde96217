import type { Series } from '@watchpost/contracts/results/outcome';
import type { Columns, NumberLists } from '../engine/native-columns.ts';
import { ROLLUP_COLUMNS, type RollupColumn } from '../rollups/rollup-columns.ts';
import { BINS, quantileBins } from '../rollups/sketch.ts';
import { SERIES } from '../rows/result-columns.ts';

/** Counts, sums and extremes by the names of the rollups, and the bins of the sketch that hold each quantile. Times in µs. */
export type Merged = {
  readonly values: Readonly<Record<string, Float64Array>>;
  readonly quantileBins: readonly (readonly number[])[];
};

/** One line: what lies in each bucket, and in all of them as one. A bucket of which there is nothing has sums of 0. */
export type MergedLine = {
  readonly vantage: string;
  readonly series: Series;
  readonly buckets: Merged;
  readonly whole: Merged;
};

const VALUES = ROLLUP_COLUMNS.filter(({ kind }) => kind !== 'sketch' && kind !== 'time');

/**
 * Merges rows of a tier into the buckets between `edges` (Unix seconds, ascending). `rows` has `vantage`, `series_number`, `at`
 * (begin of the row, Unix seconds, within the edges) and the columns of a rollup, in any order.
 */
export function mergeRows(rows: Columns, edges: readonly number[], quantiles: readonly number[]): readonly MergedLine[] {
  const buckets = edges.length - 1;
  const lines = linesOf(rows);
  const places = Uint32Array.from(rows.numbers('at'), (at, row) => (lines.of[row] ?? 0) * buckets + bucketAt(edges, at));
  const { order, begins } = sortedBy(places, lines.names.length * buckets);
  const rangeOf = (line: number): Uint32Array => begins.subarray(line * buckets, (line + 1) * buckets + 1);
  const wholeOf = (line: number): Uint32Array => Uint32Array.of(begins[line * buckets] ?? 0, begins[(line + 1) * buckets] ?? 0);
  const ofBuckets = lines.names.map((): Record<string, Float64Array> => ({}));
  const ofWhole = lines.names.map((): Record<string, Float64Array> => ({}));
  for (const { name, kind } of VALUES) {
    const values = rows.numbers(name);
    ofBuckets.forEach((line, number) => (line[name] = mergeValues(kind, values, order, rangeOf(number))));
    ofWhole.forEach((line, number) => (line[name] = mergeValues(kind, values, order, wholeOf(number))));
  }
  const sketches = { bins: rows.lists('bins'), counts: rows.lists('bin_counts') };
  const merged = (values: Merged['values'], range: Uint32Array): Merged => ({
    values,
    quantileBins: mergeSketches(sketches, order, range, quantiles),
  });
  return lines.names.map((name, line) => ({
    ...name,
    buckets: merged(ofBuckets[line] ?? {}, rangeOf(line)),
    whole: merged(ofWhole[line] ?? {}, wholeOf(line)),
  }));
}

/** The lines that rows belong to, in the order of their names, and the number of the line of each row. */
function linesOf(rows: Columns) {
  const [vantages, series] = [rows.texts('vantage'), rows.numbers('series_number')];
  const keys = vantages.map((vantage, row) => `${vantage}\n${series[row]}`);
  const names = [...new Set(keys)].toSorted();
  const numbers = new Map(names.map((key, number) => [key, number]));
  return {
    names: names.map((key) => {
      const [vantage = '', number = ''] = key.split('\n');
      return { vantage, series: SERIES[Number(number)] ?? 'any' };
    }),
    of: Uint32Array.from(keys, (key) => numbers.get(key) ?? 0),
  };
}

/** Number of the last edge that is not after `at`. */
function bucketAt(edges: readonly number[], at: number): number {
  let [low, high] = [0, edges.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? Infinity) <= at) low = middle;
    else high = middle;
  }
  return low;
}

/** Rows in the order of their places; those of place p lie from `begins[p]` to before `begins[p + 1]`. */
function sortedBy(places: Uint32Array, count: number): { readonly order: Uint32Array; readonly begins: Uint32Array } {
  const begins = new Uint32Array(count + 1);
  for (const place of places) begins[place + 1] = (begins[place + 1] ?? 0) + 1;
  for (let place = 0; place < count; place += 1) begins[place + 1] = (begins[place + 1] ?? 0) + (begins[place] ?? 0);
  const next = begins.slice();
  const order = new Uint32Array(places.length);
  places.forEach((place, row) => {
    const at = next[place] ?? 0;
    order[at] = row;
    next[place] = at + 1;
  });
  return { order, begins };
}

function mergeValues(kind: RollupColumn['kind'], values: Float64Array, order: Uint32Array, begins: Uint32Array): Float64Array {
  const merged = new Float64Array(begins.length - 1).fill(kind === 'least' ? Infinity : 0);
  for (let bucket = 0; bucket < merged.length; bucket += 1) {
    const end = begins[bucket + 1] ?? 0;
    let value = merged[bucket] ?? 0;
    for (let at = begins[bucket] ?? 0; at < end; at += 1) {
      const next = values[order[at] ?? 0] ?? 0;
      if (kind === 'sum') value += next;
      else if (kind === 'least' ? next < value : next > value) value = next;
    }
    merged[bucket] = value;
  }
  return merged;
}

function mergeSketches(
  sketches: { readonly bins: NumberLists; readonly counts: NumberLists },
  order: Uint32Array,
  begins: Uint32Array,
  quantiles: readonly number[],
): readonly (readonly number[])[] {
  const { bins, counts } = sketches;
  const merged: number[][] = [];
  const sketch = new Float64Array(BINS);
  for (let bucket = 0; bucket < begins.length - 1; bucket += 1) {
    let [least, end] = [BINS, 0];
    for (let at = begins[bucket] ?? 0; at < (begins[bucket + 1] ?? 0); at += 1) {
      const row = order[at] ?? 0;
      const [from, to] = [row === 0 ? 0 : (bins.ends[row - 1] ?? 0), bins.ends[row] ?? 0];
      if (from === to) continue;
      least = Math.min(least, bins.values[from] ?? 0);
      end = Math.max(end, (bins.values[to - 1] ?? 0) + 1);
      for (let index = from; index < to; index += 1) {
        const bin = bins.values[index] ?? 0;
        sketch[bin] = (sketch[bin] ?? 0) + (counts.values[index] ?? 0);
      }
    }
    merged.push(quantileBins(sketch.subarray(least, end), quantiles).map((bin) => bin + least));
    sketch.fill(0, least, end);
  }
  return merged;
}
