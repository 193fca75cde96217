import type { Series } from '@watchpost/contracts/results/outcome';
import type { Columns } from '../engine/native-columns.ts';
import { ROLLUP_COLUMNS, type RollupColumn } from '../rollups/rollup-columns.ts';
import { BINS, quantileBins } from '../rollups/sketch.ts';
import { SERIES } from '../rows/result-columns.ts';

/**
 * One line: counts, sums and extremes by the names of the rollups, and the bins of the sketch that hold each quantile. Times in
 * µs. A bucket of which there is nothing has sums of 0.
 */
export type MergedLine = {
  readonly vantage: string;
  readonly series: Series;
  /** For each bucket. */
  readonly buckets: Readonly<Record<string, Float64Array>>;
  /** For each quantile, for each bucket. */
  readonly quantileBins: readonly Float64Array[];
  /** All buckets as one. */
  readonly whole: { readonly values: Readonly<Record<string, number>>; readonly quantileBins: readonly number[] };
};

type Kind = RollupColumn['kind'];
/** While its values are being merged. */
type MutableLine = MergedLine & {
  readonly buckets: Record<string, Float64Array>;
  readonly whole: { readonly values: Record<string, number> };
};

const VALUES = ROLLUP_COLUMNS.filter(({ kind }) => kind !== 'sketch' && kind !== 'time');

/**
 * Merges rows of a tier into the buckets between `edges` (Unix seconds, ascending). `rows` has `vantage`, `series_number`, `at`
 * (begin of the row, Unix seconds, within the edges) and the columns of a rollup, in any order.
 */
export function mergeRows(rows: Columns, edges: readonly number[], quantiles: readonly number[]): readonly MergedLine[] {
  const count = edges.length - 1;
  const lines = linesOf(rows);
  const places = placesOf(lines.of, rows.numbers('at'), edges);
  const ofLine = (merged: Float64Array, number: number): Float64Array => merged.subarray(number * count, (number + 1) * count);
  const sketches = mergeSketches(rows, places, { lines: lines.names.length, count }, quantiles);
  const merged = lines.names.map((name, number): MutableLine => ({
    ...name,
    buckets: {},
    quantileBins: sketches.buckets.map((bins) => ofLine(bins, number)),
    whole: { values: {}, quantileBins: sketches.wholes[number] ?? [] },
  }));
  for (const { name, kind } of VALUES) {
    const values = mergeValues(kind, rows.numbers(name), places, lines.names.length * count);
    merged.forEach((line, number) => {
      const buckets = ofLine(values, number);
      line.buckets[name] = buckets;
      line.whole.values[name] = wholeOf(kind, buckets);
    });
  }
  return merged;
}

/** The lines that rows belong to, in the order of their names, and the number of the line of each row. */
function linesOf(rows: Columns) {
  const [vantages, series] = [rows.texts('vantage'), rows.numbers('series_number')];
  const found: { readonly vantage: string; readonly number: number }[] = [];
  const of = new Uint32Array(rows.rows);
  let line = -1;
  for (let row = 0; row < of.length; row += 1) {
    const vantage = vantages[row] ?? '';
    const number = series[row] ?? 0;
    const isSame = found[line]?.vantage === vantage && found[line]?.number === number;
    if (!isSame) line = found.findIndex((known) => known.vantage === vantage && known.number === number);
    if (line === -1) line = found.push({ vantage, number }) - 1;
    of[row] = line;
  }
  const sorted = found.toSorted((a, b) => (a.vantage === b.vantage ? a.number - b.number : a.vantage < b.vantage ? -1 : 1));
  const places = found.map((known) => sorted.indexOf(known));
  return {
    names: sorted.map(({ vantage, number }) => ({ vantage, series: SERIES[number] ?? 'any' })),
    of: of.map((first) => places[first] ?? 0),
  };
}

// The loops below run some hundred thousand times for a chart. They take nothing apart and make nothing that must be cleared away.

/** For each row the number of its bucket; those of line n begin at n times their count. */
function placesOf(lines: Uint32Array, at: Float64Array, edges: readonly number[]): Uint32Array {
  const places = new Uint32Array(at.length);
  for (let row = 0; row < places.length; row += 1) {
    places[row] = (lines[row] ?? 0) * (edges.length - 1) + bucketAt(edges, at[row] ?? 0);
  }
  return places;
}

/** Number of the last edge that is not after `at`. */
function bucketAt(edges: readonly number[], at: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? Infinity) <= at) low = middle;
    else high = middle;
  }
  return low;
}

/** One value for each place. */
function mergeValues(kind: Kind, values: Float64Array, places: Uint32Array, count: number): Float64Array {
  const merged = new Float64Array(count);
  if (kind === 'least') merged.fill(Infinity);
  for (let row = 0; row < places.length; row += 1) {
    const place = places[row] ?? 0;
    const value = values[row] ?? 0;
    const before = merged[place] ?? 0;
    if (kind === 'sum') merged[place] = before + value;
    else if (kind === 'least' ? value < before : value > before) merged[place] = value;
  }
  return merged;
}

/** All places as one. */
function wholeOf(kind: Kind, values: Float64Array): number {
  let whole = values[0] ?? 0;
  for (let at = 1; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    if (kind === 'sum') whole += value;
    else if (kind === 'least' ? value < whole : value > whole) whole = value;
  }
  return whole;
}

/** Bins of each quantile: for each place, and for each line (`count` places) as a whole. */
function mergeSketches(
  rows: Columns,
  places: Uint32Array,
  { lines, count }: { readonly lines: number; readonly count: number },
  quantiles: readonly number[],
) {
  const [bins, counts] = [rows.lists('bins'), rows.lists('bin_counts').values];
  const { order, begins } = sortedBy(places, lines * count);
  const buckets = quantiles.map(() => new Float64Array(lines * count));
  const wholes: number[][] = [];
  const sketch = new Float64Array(BINS);
  for (let line = 0; line < lines; line += 1) {
    const whole = new Float64Array(BINS);
    for (let place = line * count; place < (line + 1) * count; place += 1) {
      let least = BINS;
      let end = 0;
      let all = 0;
      for (let at = begins[place] ?? 0; at < (begins[place + 1] ?? 0); at += 1) {
        const row = order[at] ?? 0;
        const from = row === 0 ? 0 : (bins.ends[row - 1] ?? 0);
        const to = bins.ends[row] ?? 0;
        if (from === to) continue;
        least = Math.min(least, bins.values[from] ?? 0);
        end = Math.max(end, (bins.values[to - 1] ?? 0) + 1);
        for (let index = from; index < to; index += 1) {
          const bin = bins.values[index] ?? 0;
          const seen = counts[index] ?? 0;
          sketch[bin] = (sketch[bin] ?? 0) + seen;
          whole[bin] = (whole[bin] ?? 0) + seen;
          all += seen;
        }
      }
      if (all === 0) continue;
      quantileBins(sketch, { least, all }, quantiles, (quantile, bin) => {
        const found = buckets[quantile];
        if (found !== undefined) found[place] = bin;
      });
      sketch.fill(0, least, end);
    }
    const ofLine: number[] = [];
    quantileBins(whole, { least: 0, all: wholeOf('sum', whole) }, quantiles, (quantile, bin) => (ofLine[quantile] = bin));
    wholes.push(ofLine);
  }
  return { buckets, wholes };
}

/** Rows in the order of their places; those of place p lie from `begins[p]` to before `begins[p + 1]`. */
function sortedBy(places: Uint32Array, count: number): { readonly order: Uint32Array; readonly begins: Uint32Array } {
  const begins = new Uint32Array(count + 1);
  for (let row = 0; row < places.length; row += 1) {
    const after = (places[row] ?? 0) + 1;
    begins[after] = (begins[after] ?? 0) + 1;
  }
  for (let place = 0; place < count; place += 1) begins[place + 1] = (begins[place + 1] ?? 0) + (begins[place] ?? 0);
  const next = begins.slice();
  const order = new Uint32Array(places.length);
  for (let row = 0; row < places.length; row += 1) {
    const place = places[row] ?? 0;
    const at = next[place] ?? 0;
    order[at] = row;
    next[place] = at + 1;
  }
  return { order, begins };
}
