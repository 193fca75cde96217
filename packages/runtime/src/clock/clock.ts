/** The two clocks a process has. Parts receive one, so that tests can turn its hands. */
export type Clock = {
  /** Unix time in milliseconds, an integer. It may jump, forwards and backwards. */
  readonly wallMs: () => number;
  /** Microseconds since an unknown start. Never goes back; the same for all threads and processes of a machine. */
  readonly monotonicUs: () => number;
};

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicUs: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000_000 + nanoseconds / 1_000;
  },
};
