import type { SpoolFile } from './spool-file.ts';

/** Files whose finds take long to prepare, beside the reading of all others. What they hold is in memory. */
const MOST_ASIDE = 4;

export type Aside = {
  readonly has: (file: SpoolFile) => boolean;
  /**
   * Begins the work of a file, which has no other turn meanwhile; false: there are as many as can be, and `retry` is called for
   * it when there is room.
   */
  readonly begin: (file: SpoolFile, work: () => Promise<unknown>) => boolean;
  /** Looks for room for those that wait. Throws when a work has failed. */
  readonly check: () => void;
  readonly settled: () => Promise<unknown>;
};

/** `retry` hears of files that are to be read again: their work is done, or there is room for it. */
export function createAside(retry: (file: SpoolFile) => void): Aside {
  const under = new Map<SpoolFile, Promise<void>>();
  const waiting = new Set<SpoolFile>();
  let failure: { readonly error: unknown } | null = null;

  const run = async (file: SpoolFile, work: () => Promise<unknown>): Promise<void> => {
    file.hold(true);
    try {
      await work();
    } catch (error) {
      failure = { error };
    }
    file.hold(false);
    under.delete(file);
    callNext();
    // Notices about it were passed over meanwhile.
    retry(file);
  };
  /** One of those that wait: each is read again when its turn comes, which takes as long as the first time. */
  const callNext = (): void => {
    const [next] = waiting;
    if (next === undefined) return;
    waiting.delete(next);
    retry(next);
  };

  return {
    has: (file) => under.has(file) || waiting.has(file),
    begin(file, work) {
      if (under.size >= MOST_ASIDE) {
        waiting.add(file);
        return false;
      }
      under.set(file, run(file, work));
      return true;
    },
    check() {
      if (failure !== null) throw failure.error;
      if (under.size === 0) callNext();
    },
    settled: () => Promise.all(under.values()),
  };
}
