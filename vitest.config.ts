import { defineConfig } from 'vitest/config';

const projects = (name: string, include: string[], testTimeout: number, extra: object = {}) => ({
  test: {
    name,
    include,
    testTimeout,
    hookTimeout: testTimeout,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks' as const,
    ...extra,
  },
});

// Time limits only end what hangs: they are generous, so that a busy machine is no failure.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      projects('unit', ['{packages/*/src,scripts}/**/*.test.ts'], 60_000, {
        exclude: ['**/*.int.test.ts', '**/node_modules/**'],
      }),
      projects('int', ['{packages/*/src,scripts}/**/*.int.test.ts'], 240_000),
      projects('e2e', ['tests/e2e/**/*.e2e.ts'], 300_000, {
        fileParallelism: false,
        maxConcurrency: 2,
      }),
    ],
  },
});
