/** An entry of the heap: when it is due (ms) and where it lies in the heap (-1: not in it). */
export type HeapEntry = { dueAt: number; heapIndex: number };

/** Entries ordered by when they are due. All operations take time logarithmic in their number. */
export class DueHeap<T extends HeapEntry> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The entry that is due first; undefined when there is none. */
  peek(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    entry.heapIndex = this.#entries.length;
    this.#entries.push(entry);
    this.#up(entry);
  }

  /** To be called after `dueAt` of an entry in the heap changed. */
  moved(entry: T): void {
    this.#up(entry);
    this.#down(entry);
  }

  remove(entry: T): void {
    const index = entry.heapIndex;
    if (index < 0) return;
    entry.heapIndex = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, index);
    this.moved(last);
  }

  #up(entry: T): void {
    for (;;) {
      const parent = this.#entries[(entry.heapIndex - 1) >> 1];
      if (entry.heapIndex === 0 || parent === undefined || parent.dueAt <= entry.dueAt) return;
      const index = entry.heapIndex;
      this.#place(entry, parent.heapIndex);
      this.#place(parent, index);
    }
  }

  #down(entry: T): void {
    for (;;) {
      const left = this.#entries[entry.heapIndex * 2 + 1];
      const right = this.#entries[entry.heapIndex * 2 + 2];
      const child = right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left;
      if (child === undefined || child.dueAt >= entry.dueAt) return;
      const index = entry.heapIndex;
      this.#place(entry, child.heapIndex);
      this.#place(child, index);
    }
  }

  #place(entry: T, index: number): void {
    entry.heapIndex = index;
    this.#entries[index] = entry;
  }
}
