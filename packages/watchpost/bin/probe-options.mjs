/**
 * Settings of V8 for a process that probes. Each thread collects its own garbage, without helpers; and without the slowest
 * compiler, which would use more processor time than it saves, in bursts, and memory.
 */
export const PROBE_OPTIONS = ['--single-threaded-gc', '--no-turbofan'];

/** A probe that runs for ever makes little garbage at a time: a small nursery keeps the process small. */
export const SMALL = '--max-semi-space-size=2';

/** The same for a recorder. It keeps the compiler: masking thousands of commands a second is worth it. */
export const RECORDER_OPTIONS = ['--single-threaded-gc', SMALL];
