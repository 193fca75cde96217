import type { Bench } from './bench.ts';

type BenchEntry = {
  readonly name: string;
  /** About how long a full run takes on two cores. */
  readonly takes: string;
  /** Programs it needs or compares with, and the Debian packages that bring them. */
  readonly debian: Readonly<Record<string, string>>;
  readonly load: () => Promise<Bench>;
};

const BLACKBOX = { 'prometheus-blackbox-exporter': 'prometheus-blackbox-exporter' };

/** All benches. To add one: its file, and its line here. */
export const BENCHES: readonly BenchEntry[] = [
  {
    name: 'probe-cpu',
    takes: '3 min',
    debian: { ...BLACKBOX, curl: 'curl', openssl: 'openssl' },
    load: async () => (await import('./probe-cpu.ts')).PROBE_CPU,
  },
  {
    name: 'probe-accuracy',
    takes: '8 min',
    debian: { ...BLACKBOX, openssl: 'openssl' },
    load: async () => (await import('./probe-accuracy.ts')).PROBE_ACCURACY,
  },
  {
    name: 'probe-memory',
    takes: '2 min',
    debian: { openssl: 'openssl' },
    load: async () => (await import('./probe-memory.ts')).PROBE_MEMORY,
  },
  { name: 'ingest', takes: '3 min', debian: {}, load: async () => (await import('./ingest.ts')).INGEST },
  {
    name: 'page',
    takes: '2 min',
    debian: { chromium: 'chromium', '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf': 'fonts-dejavu-core' },
    load: async () => (await import('./page.ts')).PAGE,
  },
  {
    name: 'audit-latency',
    takes: '2 min',
    debian: { chromium: 'chromium', '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf': 'fonts-dejavu-core' },
    load: async () => (await import('./audit-latency.ts')).AUDIT_LATENCY,
  },
  {
    name: 'audit-ingest',
    takes: '3 min',
    debian: {},
    load: async () => (await import('./audit-ingest.ts')).AUDIT_INGEST,
  },
  {
    name: 'audit-search',
    takes: '30 min, 2 with a folder that is filled',
    debian: {},
    load: async () => (await import('./audit-search.ts')).AUDIT_SEARCH,
  },
  { name: 'store-ingest', takes: '1 min', debian: {}, load: async () => (await import('./store-ingest.ts')).storeIngest },
  { name: 'history', takes: '5 min', debian: {}, load: async () => (await import('./history.ts')).history },
  {
    name: 'audit-recorder',
    takes: '2 min',
    debian: {},
    load: async () => (await import('./audit-recorder.ts')).AUDIT_RECORDER,
  },
  {
    name: 'audit-prompt',
    takes: '5 min',
    debian: { fish: 'fish', logger: 'bsdutils', '/usr/bin/python3': 'python3', zsh: 'zsh' },
    load: async () => (await import('./audit-prompt.ts')).AUDIT_PROMPT,
  },
];
