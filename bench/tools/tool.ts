import type { LocalTarget } from '../local-target.ts';

/** Something that probes an address, as a process that runs on. */
export type Tool = AsyncDisposable & {
  readonly name: string;
  /** Probes `url` so many times, each over a connection of its own, so many at once. Rejects when one of them fails. */
  readonly probe: (url: string, times: number, atOnce: number) => Promise<void>;
  /** User and system time that its processes have used, µs. */
  readonly cpuUs: () => number;
};

export type StartTool = (target: LocalTarget) => Promise<Tool>;
