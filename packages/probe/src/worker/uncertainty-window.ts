const SLOTS = 6;
const SLOT_MS = 10_000;
const SAMPLES_PER_SLOT = 2_000;

/** Uncertainties of the last minute: bounded samples, the newest of each 10 s when there are more. */
export type UncertaintyWindow = {
  readonly add: (uncertaintyUs: number, nowMs: number) => void;
  /** 99th percentile, µs; null: nothing measured. */
  readonly p99Us: (nowMs: number) => number | null;
};

/** @param nowMs of the methods is time on any clock that does not go back. */
export function createUncertaintyWindow(): UncertaintyWindow {
  const slots = Array.from({ length: SLOTS }, () => ({ slot: -1, samples: [] as number[], next: 0 }));
  const current = (nowMs: number) => {
    const slot = Math.floor(nowMs / SLOT_MS);
    const found = slots[slot % SLOTS] as (typeof slots)[number];
    if (found.slot !== slot) Object.assign(found, { slot, samples: [], next: 0 });
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
      const samples = slots.filter(({ slot }) => slot >= oldest).flatMap((slot) => slot.samples);
      if (samples.length === 0) return null;
      const sorted = samples.sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)] ?? null;
    },
  };
}
