import { AppError } from '@watchpost/contracts/errors/app-error';
import { frameBody, frameBytes } from './frame.ts';

export const APPEND_LIMITS = {
  /** Bytes of records that wait for the disk. */
  waitingBytes: 32 * 1024 * 1024,
  /** Bytes written and synced at once; a single append may hold as much. */
  groupBytes: 8 * 1024 * 1024,
} as const;

/** Bodies of the records of several appends; null: a record that is larger than the wire allows. */
export type Group = readonly (Buffer | null)[];

type Waiting = {
  readonly bodies: Group;
  readonly bytes: number;
  readonly resolve: (range: { readonly first: number; readonly last: number }) => void;
  readonly reject: (error: unknown) => void;
};

export type AppendQueue = {
  readonly append: (records: readonly (object | string)[]) => Promise<{ readonly first: number; readonly last: number }>;
  /** Resolves when nothing waits any more. */
  readonly idle: () => Promise<void>;
};

/**
 * Group commit: while one group is being written and synced, the next one gathers. `commit` gives the sequence of the
 * group's first record; when it rejects, all appends of the group do.
 */
export function createAppendQueue(options: {
  readonly commit: (group: Group, bytes: number) => Promise<number>;
  readonly groupBytes: number;
  /** Bytes of one record as JSON. */
  readonly recordBytes?: number | undefined;
  /** Hears of records that were not even taken. */
  readonly onRefused: (records: number) => void;
}): AppendQueue {
  const { commit, groupBytes, recordBytes, onRefused } = options;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | null = null;

  const takeGroup = (): Waiting[] => {
    let bytes = 0;
    const end = waiting.findIndex((append, index) => {
      bytes += append.bytes;
      return index > 0 && bytes > groupBytes;
    });
    const group = end === -1 ? waiting : waiting.slice(0, end);
    waiting = end === -1 ? [] : waiting.slice(end);
    return group;
  };

  const run = async (): Promise<void> => {
    // One turn of the loop later: appends of the same moment belong to one group.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = takeGroup();
      const bytes = group.reduce((sum, append) => sum + append.bytes, 0);
      try {
        let first = await commit(
          group.flatMap((append) => append.bodies),
          bytes,
        );
        for (const append of group) {
          append.resolve({ first, last: first + append.bodies.length - 1 });
          first += append.bodies.length;
        }
      } catch (error) {
        for (const append of group) append.reject(error);
      }
      waitingBytes -= bytes;
    }
    running = null;
  };

  const idle = async (): Promise<void> => {
    if (running === null) return;
    await running;
    await idle();
  };

  return {
    append: (records) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ readonly first: number; readonly last: number }>();
      const bodies = records.map((record) => frameBody(record, recordBytes));
      const bytes = bodies.reduce((sum, body) => sum + (body === null ? 0 : frameBytes(body)), 0);
      if (bytes > groupBytes) {
        onRefused(bodies.length);
        reject(new AppError('spool-failed', `one append may hold ${groupBytes} bytes`));
      } else if (waitingBytes + bytes > APPEND_LIMITS.waitingBytes) {
        onRefused(bodies.length);
        reject(new AppError('spool-failed', `more than ${APPEND_LIMITS.waitingBytes} bytes wait for the disk`));
      } else {
        waitingBytes += bytes;
        waiting.push({ bodies, bytes, resolve, reject });
        running ??= run();
      }
      return promise;
    },
    idle,
  };
}
