const SLOTS = 6;
const SLOT_MS = 10_000;
const SAMPLES_PER_SLOT = 1_000;

/** Uncertainties of the last minute: bounded samples, the newest of each 10 s when there are more. */
export type UncertaintyWindow = {
  readonly add: (uncertaintyUs: number, nowMs: number) => void;
  /** 99th percentile, µs; null: nothing measured. */
  readonly p99Us: (nowMs: number) => number | null;
};

/** @param nowMs of the methods is time on any clock that does not go back. */
export function createUncertaintyWindow(): UncertaintyWindow {
  const slots = Array.from({ length: SLOTS }, () => ({ slot: -1, samples: new Float64Array(SAMPLES_PER_SLOT), next: 0 }));
  const current = (nowMs: number) => {
    const slot = Math.floor(nowMs / SLOT_MS);
    const found = slots[slot % SLOTS] as (typeof slots)[number];
    if (found.slot !== slot) Object.assign(found, { slot, next: 0 });
    return found;
  };
  return {
    add(uncertaintyUs, nowMs) {
      const slot = current(nowMs);
      slot.samples[slot.next % SAMPLES_PER_SLOT] = uncertaintyUs;
      slot.next++;
    },
    p99Us(nowMs) {
      const oldest = Math.floor(nowMs / SLOT_MS) - SLOTS + 1;
      const parts = slots.filter(({ slot }) => slot >= oldest).map(({ samples, next }) => samples.subarray(0, next));
      const count = parts.reduce((sum, part) => sum + part.length, 0);
      if (count === 0) return null;
      // Sorted without a function of ours: this runs on the thread that measures.
      const sorted = new Float64Array(count);
      let at = 0;
      for (const part of parts) {
        sorted.set(part, at);
        at += part.length;
      }
      sorted.sort();
      return sorted[Math.ceil(count * 0.99) - 1] ?? null;
    },
  };
}
