import { BIN_SQL, SKETCH_GAMMA, TIMED_SQL } from './rollup-columns.ts';

/**
 * SQL that gives for each of the quantiles the first bin at which as many values are seen as it asks for, from the sketches of
 * rows of a tier. Computed where the sketches are, so that a few numbers leave the engine in place of hundreds. Of empty
 * sketches it gives zeros.
 */
export function quantileBinsSql(quantiles: readonly number[]): string {
  return `quantilesExactWeightedArray(${quantiles.join(', ')})(bins, bin_counts)`;
}

/** The same from results. */
export function quantileBinsOfResultsSql(quantiles: readonly number[]): string {
  return `quantilesExactWeightedIf(${quantiles.join(', ')})(${BIN_SQL}, 1, ${TIMED_SQL})`;
}

/** The value (µs) that is wrong by the same ratio at both ends of a bin: within 1 % of all that lie in it. */
export function binMiddle(bin: number): number {
  return bin === 0 ? 1 : (2 * SKETCH_GAMMA ** bin) / (SKETCH_GAMMA + 1);
}
