import { SKETCH_GAMMA } from './rollup-columns.ts';

/**
 * SQL that gives, for each of the quantiles, the bin of a sketch at which as many values are seen as it asks for. `bins` and
 * `counts` are columns: sorted bins and how many values lie in each. Computed where the sketches are, so that a few numbers
 * leave the engine in place of hundreds. Of an empty sketch it gives zeros.
 */
export function quantileBinsSql(bins: string, counts: string, quantiles: readonly number[]): string {
  return `arrayMap(q -> ${bins}[arrayFirstIndex(seen -> seen >= greatest(1, ceil(q * arraySum(${counts}))), arrayCumSum(${counts}))],
    [${quantiles.join(', ')}])`;
}

/** The value (µs) that is wrong by the same ratio at both ends of a bin: within 1 % of all that lie in it. */
export function binMiddle(bin: number): number {
  return bin === 0 ? 1 : (2 * SKETCH_GAMMA ** bin) / (SKETCH_GAMMA + 1);
}
