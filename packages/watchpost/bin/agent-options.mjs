/**
 * Settings of V8 for a process that probes. Each thread collects its own garbage, without helpers; and without the slowest
 * compiler, which would use more processor time than it saves, in bursts, and memory.
 */
export const PROBE_OPTIONS = ['--single-threaded-gc', '--no-turbofan'];

/** An agent that runs for ever makes little garbage at a time: a small nursery keeps the process small. */
export const SMALL = '--max-semi-space-size=2';

/**
 * The same for a recorder, which tidies up when it is idle. It keeps the compiler, with one thread of its own: masking thousands of
 * commands a second is worth it.
 */
export const RECORDER_OPTIONS = ['--single-threaded-gc', '--v8-pool-size=1', SMALL, '--expose-gc'];

/** Settings of glibc: few pools, and buffers from some size on are memory of their own, which goes back when they are freed. */
export const MALLOC = { MALLOC_ARENA_MAX: '2' };
/** And two threads for files and packing in place of four: a recorder writes one thing after the other. */
export const RECORDER_MALLOC = {
  ...MALLOC,
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '131072',
  UV_THREADPOOL_SIZE: '2',
};
