import { NULL_US } from '../rows/result-columns.ts';
import { SKETCH_GAMMA } from './rollup-columns.ts';

/** Bins that a sketch may have: the last one holds the longest time there is. */
export const BINS = Math.ceil(Math.log(NULL_US) / Math.log(SKETCH_GAMMA)) + 1;

/**
 * SQL that gives for each of the quantiles the first bin at which as many values are seen as it asks for, from the sketches of
 * rows of a tier. Computed where the sketches are, so that a few numbers leave the engine in place of hundreds. Of empty
 * sketches it gives zeros.
 */
export function quantileBinsSql(quantiles: readonly number[]): string {
  return `quantilesExactWeightedArray(${quantiles.join(', ')})(bins, bin_counts)`;
}

/**
 * The same of a sketch that holds a count for each bin, `all` together and none before the bin `least`. `quantiles` ascend;
 * `found` gets the number of each and its bin.
 */
export function quantileBins(
  sketch: Float64Array,
  { least, all }: { readonly least: number; readonly all: number },
  quantiles: readonly number[],
  found: (quantile: number, bin: number) => void,
): void {
  let bin = least;
  let seen = sketch[least] ?? 0;
  quantiles.forEach((quantile, number) => {
    for (const wanted = Math.ceil(all * quantile); seen < wanted; seen += sketch[bin] ?? 0) bin += 1;
    found(number, bin);
  });
}

/** The value (µs) that is wrong by the same ratio at both ends of a bin: within 1 % of all that lie in it. */
export function binMiddle(bin: number): number {
  return bin === 0 ? 1 : (2 * SKETCH_GAMMA ** bin) / (SKETCH_GAMMA + 1);
}
