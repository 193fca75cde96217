/** Why work was not taken. overlap: work with its key is still under way. full: too much is waiting. closed: it stops. */
export type Refusal = 'overlap' | 'full' | 'closed';

/** Lets a bounded number of pieces of work run at once; a bounded number more may wait. */
export type Gate = {
  /**
   * Takes a piece of work, or says why not. `key` null: it may run beside itself.
   * `isStale` is asked when its turn comes after waiting: true means it is given up, and `onStale` is called.
   */
  readonly enter: (
    key: string | null,
    work: () => Promise<void>,
    waiting?: { readonly isStale: () => boolean; readonly onStale: () => void },
  ) => Refusal | null;
  readonly running: () => number;
  readonly waiting: () => number;
  /** Resolves when nothing runs and nothing waits. */
  readonly idle: () => Promise<void>;
  /** Takes nothing more and forgets what waits. What runs goes on. */
  readonly close: () => void;
};

type Piece = {
  readonly key: string | null;
  readonly work: () => Promise<void>;
  readonly isStale: () => boolean;
  readonly onStale: () => void;
};

/** @param options.onFailure called when work rejects, which it should not. */
export function createGate(options: {
  readonly maxRunning: number;
  readonly maxWaiting: number;
  readonly onFailure: (error: unknown) => void;
}): Gate {
  const keys = new Set<string>();
  const queue: Piece[] = [];
  const idleWaiters: (() => void)[] = [];
  let running = 0;
  let isClosed = false;

  const settle = (): void => {
    if (running > 0 || queue.length > 0) return;
    for (const resolve of idleWaiters.splice(0)) resolve();
  };
  const run = (piece: Piece): void => {
    running++;
    piece
      .work()
      .catch(options.onFailure)
      .finally(() => {
        running--;
        if (piece.key !== null) keys.delete(piece.key);
        next();
        settle();
      });
  };
  const next = (): void => {
    while (running < options.maxRunning) {
      const piece = queue.shift();
      if (piece === undefined) return;
      if (!piece.isStale()) {
        run(piece);
        continue;
      }
      if (piece.key !== null) keys.delete(piece.key);
      piece.onStale();
    }
  };

  return {
    enter(key, work, waiting) {
      if (isClosed) return 'closed';
      if (key !== null && keys.has(key)) return 'overlap';
      if (running >= options.maxRunning && queue.length >= options.maxWaiting) return 'full';
      if (key !== null) keys.add(key);
      const piece = { key, work, isStale: waiting?.isStale ?? (() => false), onStale: waiting?.onStale ?? (() => undefined) };
      if (running < options.maxRunning) run(piece);
      else queue.push(piece);
      return null;
    },
    running: () => running,
    waiting: () => queue.length,
    idle: () => (running === 0 && queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
    close: () => {
      isClosed = true;
      queue.length = 0;
      settle();
    },
  };
}
