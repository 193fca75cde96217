import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSequenceSet } from '@watchpost/runtime/spool/sequence-set';
import type { Spool } from '@watchpost/runtime/spool/spool';
import { type Checkpoint, writeCheckpoint } from './checkpoint.ts';
import type { LossLedger } from './loss-ledger.ts';

/**
 * Bytes kept back on the disk of the data folder. On a full disk the checkpoint must still be written, or the spool could
 * never forget what the server has, and the disk would stay full.
 */
const RESERVE_BYTES = 1024 * 1024;

/** Acknowledgements of so long share one checkpoint: it names each file that is followed, and is synced. */
const GATHER_MS = 100;

export type CheckpointKeeper = {
  /** There is something to write down. */
  readonly touch: () => void;
  /** Writes down how far all is, and lets the spool forget what that allows. */
  readonly save: () => Promise<void>;
  readonly saveWhenTouched: () => Promise<void>;
  /** The spool, which forgets records only after the checkpoint knows them. */
  readonly spool: Spool;
};

export function createCheckpointKeeper(options: {
  readonly dataDir: string;
  readonly spool: Spool;
  readonly ledger: LossLedger;
  readonly positions: () => Pick<Checkpoint, 'files' | 'ahead'>;
  readonly before: Checkpoint | null;
  readonly onAcknowledged: (first: number, last: number) => void;
}): CheckpointKeeper {
  const { dataDir, spool, ledger } = options;
  const reserve = createReserve(join(dataDir, 'reserve'));
  /** Acknowledged by the server, not forgotten by the spool. */
  const owed = createSequenceSet();
  let isTouched = false;
  let gathering: NodeJS.Timeout | undefined;
  let saving: Promise<void> = Promise.resolve();
  let savedSequence = options.before?.epoch === spool.epoch ? options.before.sequence : 0;

  const write = async (): Promise<void> => {
    const state = ledger.state();
    const underWay = state.underWay.map(([first, last]): [number, number] => [first, last]);
    await writeCheckpoint(dataDir, { ...state, underWay, ...options.positions() });
    savedSequence = state.sequence;
  };
  const settle = async (): Promise<void> => {
    for (const [first, last] of owed.within(1, savedSequence)) {
      await spool.acknowledge(first, last);
      owed.remove(first, last);
      ledger.noteAcknowledged(first, last);
      options.onAcknowledged(first, last);
      isTouched = true;
    }
  };
  /** One after the other. What is written is what was durable when its turn came. */
  const save = (): Promise<void> => {
    clearTimeout(gathering);
    gathering = undefined;
    saving = saving
      .catch(() => {})
      .then(async () => {
        isTouched = false;
        try {
          await write();
        } catch (error) {
          isTouched = true;
          if (!isDiskFull(error) || !reserve.release()) throw error;
          await write();
        }
        await settle();
        reserve.restore();
      });
    return saving;
  };
  return {
    touch: () => (isTouched = true),
    save,
    saveWhenTouched: async () => (isTouched ? save() : undefined),
    spool: {
      ...spool,
      async acknowledge(first, last) {
        owed.add(first, last);
        isTouched = true;
        // The sender does not wait for it. A checkpoint that cannot be written is tried again later, and what is owed goes with it.
        if (last > savedSequence) gathering ??= setTimeout(() => void save().catch(() => {}), GATHER_MS);
        else await (saving = saving.catch(() => {}).then(settle)).catch(() => {});
      },
    },
  };
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** Room on the disk that can be given up when it is needed. */
function createReserve(path: string): { readonly release: () => boolean; readonly restore: () => void } {
  let isThere = false;
  const restore = (): void => {
    if (isThere) return;
    try {
      writeFileSync(path, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 });
      isThere = true;
    } catch {
      release();
    }
  };
  const release = (): boolean => {
    try {
      unlinkSync(path);
      return true;
    } catch {
      return false;
    } finally {
      isThere = false;
    }
  };
  restore();
  return { release, restore };
}
