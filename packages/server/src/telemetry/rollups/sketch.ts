import { SKETCH_GAMMA } from './rollup-columns.ts';

/**
 * SQL that gives, for each of the quantiles, the element of `sorted` at which as many values are seen as it asks for.
 * `running` counts the values up to each element. Computed where the sketches are, so that a few numbers leave the engine in
 * place of hundreds. Of an empty sketch it gives zeros.
 */
export function quantilesSql(sorted: string, running: string, quantiles: readonly number[]): string {
  return `arrayMap(q -> ${sorted}[arrayFirstIndex(seen -> seen >= greatest(1, ceil(q * ${running}[-1])), ${running})],
    [${quantiles.join(', ')}])`;
}

/** The value (µs) that is wrong by the same ratio at both ends of a bin: within 1 % of all that lie in it. */
export function binMiddle(bin: number): number {
  return bin === 0 ? 1 : (2 * SKETCH_GAMMA ** bin) / (SKETCH_GAMMA + 1);
}
