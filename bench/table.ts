import type { Bench } from './bench.ts';

type BenchEntry = { readonly name: string; readonly load: () => Promise<Bench> };

/** All benches. To add one: its file, and its line here. */
export const BENCHES: readonly BenchEntry[] = [
  { name: 'probe-cpu', load: async () => (await import('./probe-cpu.ts')).PROBE_CPU },
  { name: 'probe-memory', load: async () => (await import('./probe-memory.ts')).PROBE_MEMORY },
  { name: 'ingest', load: async () => (await import('./ingest.ts')).INGEST },
  { name: 'probe-accuracy', load: async () => (await import('./probe-accuracy.ts')).PROBE_ACCURACY },
  { name: 'page', load: async () => (await import('./page.ts')).PAGE },
  { name: 'store-ingest', load: async () => (await import('./store-ingest.ts')).storeIngest },
  { name: 'history', load: async () => (await import('./history.ts')).history },
];
