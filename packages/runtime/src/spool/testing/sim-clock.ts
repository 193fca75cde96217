import type { Clock } from '../../clock/clock.ts';

/** A clock that stands still until it is turned. */
export type SimClock = Clock & {
  /** Time passes, on both clocks. */
  readonly pass: (ms: number) => void;
  /** Somebody sets the wall clock. */
  readonly jump: (ms: number) => void;
};

export function createSimClock(startMs = 1_800_000_000_000): SimClock {
  let wall = startMs;
  let monotonic = 5_000_000;
  return {
    wallMs: () => wall,
    monotonicUs: () => monotonic,
    pass: (ms) => {
      wall += ms;
      monotonic += ms * 1_000;
    },
    jump: (ms) => {
      wall += ms;
    },
  };
}
