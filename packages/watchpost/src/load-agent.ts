import { flushCompileCache } from 'node:module';

/**
 * Loads the code of a probe or a recorder and runs none of it, so that it is compiled for the starts to come. An agent that
 * compiles its own code keeps the compiler for TypeScript in memory: 20 MB in each of its threads' heaps and beside them.
 */
export async function loadAgent(kind: 'probe' | 'recorder'): Promise<void> {
  await (kind === 'probe'
    ? Promise.all([
        import('./commands/enrol.ts'),
        import('./commands/probe.ts'),
        import('./agent/run-probe.ts'),
        import('@watchpost/probe/worker/prober-worker'),
      ])
    : Promise.all([
        import('./commands/enrol.ts'),
        import('./commands/recorder.ts'),
        import('./recorder/enrol-recorder.ts'),
        import('./recorder/run-recorder.ts'),
      ]));
  flushCompileCache();
}
