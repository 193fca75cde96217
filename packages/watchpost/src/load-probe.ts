import { flushCompileCache } from 'node:module';

/**
 * Loads the code of a probe and runs none of it, so that it is compiled for the starts to come. A probe that compiles its
 * own code keeps the compiler for TypeScript in memory: 20 MB in each of its threads' heaps and beside them.
 */
export async function loadProbe(): Promise<void> {
  await Promise.all([
    import('./commands/enrol.ts'),
    import('./commands/probe.ts'),
    import('./agent/run-probe.ts'),
    import('@watchpost/probe/worker/prober-worker'),
  ]);
  flushCompileCache();
}
