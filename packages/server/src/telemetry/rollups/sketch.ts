import { SKETCH_GAMMA } from './rollup-columns.ts';

/** A histogram of times over logarithmic bins: the same whatever the order in which parts were merged. */
export type Sketch = Map<number, number>;

export function addToSketch(sketch: Sketch, bins: readonly number[], counts: readonly number[]): void {
  bins.forEach((bin, index) => {
    sketch.set(bin, (sketch.get(bin) ?? 0) + (counts[index] ?? 0));
  });
}

/** Values at the quantiles `q` (0…1) in µs, each within 1 % of the true one; null: the sketch is empty. */
export function sketchQuantiles(sketch: Sketch, quantiles: readonly number[]): readonly (number | null)[] {
  const bins = [...sketch.keys()].toSorted((a, b) => a - b);
  return quantilesOf(
    bins,
    bins.map((bin) => sketch.get(bin) ?? 0),
    quantiles,
  );
}

/** The same over sorted bins and their counts. */
export function quantilesOf(
  bins: readonly number[],
  counts: readonly number[],
  quantiles: readonly number[],
): readonly (number | null)[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return quantiles.map((quantile) => {
    if (total === 0) return null;
    const rank = Math.max(1, Math.ceil(quantile * total));
    let seen = 0;
    const index = counts.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    return binMiddle(bins[index] ?? 0);
  });
}

/** The value (µs) that is wrong by the same ratio at both ends of a bin. */
function binMiddle(bin: number): number {
  return bin === 0 ? 1 : (2 * SKETCH_GAMMA ** bin) / (SKETCH_GAMMA + 1);
}
