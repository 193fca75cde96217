/** A set of integers kept as sorted intervals: sequences come mostly one after another, so it stays small. */
export class SequenceSet {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  /** Number of intervals: what the set costs. */
  get intervals(): number {
    return this.#firsts.length;
  }

  has(value: number): boolean {
    const index = this.#indexAtOrBefore(value);
    return index >= 0 && value <= (this.#lasts[index] ?? -Infinity);
  }

  /** Adds all integers from `first` to `last`, both included. */
  add(first: number, last: number = first): void {
    let from = this.#indexAtOrBefore(first);
    // The interval before is touched or joined when it reaches to first - 1.
    if (from < 0 || (this.#lasts[from] ?? -Infinity) < first - 1) from += 1;
    let to = from;
    let newFirst = first;
    let newLast = last;
    while (to < this.#firsts.length && (this.#firsts[to] ?? Infinity) <= last + 1) {
      newFirst = Math.min(newFirst, this.#firsts[to] ?? newFirst);
      newLast = Math.max(newLast, this.#lasts[to] ?? newLast);
      to += 1;
    }
    this.#firsts.splice(from, to - from, newFirst);
    this.#lasts.splice(from, to - from, newLast);
  }

  firsts(): readonly number[] {
    return this.#firsts;
  }

  lasts(): readonly number[] {
    return this.#lasts;
  }

  #indexAtOrBefore(value: number): number {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? Infinity) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
