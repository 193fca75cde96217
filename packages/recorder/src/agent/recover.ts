import type { Spool } from '@watchpost/runtime/spool/spool';
import { z } from 'zod';
import { type ChainHead, EMPTY_CHAIN } from '../chain/chain.ts';
import type { Checkpoint, SpooledShell } from './checkpoint.ts';

const spooledSchema = z.object({
  sequence: z.int(),
  hash: z.string(),
  kind: z.string(),
  shellId: z.string().nullable(),
  shellSequence: z.int().nullable(),
  missing: z.int().nullable(),
});

export type Recovered = {
  readonly head: ChainHead;
  /** What is recorded of shells beyond the positions in their files, by `<pid>.<start ticks>.<random>`. */
  readonly shells: ReadonlyMap<string, SpooledShell>;
  readonly records: number;
  /** Counts of the loss budget that these records stand for. */
  readonly missing: number;
  readonly refused: number;
};

const READ = { maxRecords: 2_000, maxBytes: 8 * 1024 * 1024 };

/** Reads what the spool holds beyond the checkpoint: the records that were durable before the recorder ended without warning. */
export async function recover(spool: Spool, checkpoint: Checkpoint | null): Promise<Recovered> {
  const isSameChain = checkpoint !== null && checkpoint.epoch === spool.epoch;
  let head: ChainHead = isSameChain ? { sequence: checkpoint.sequence, hash: checkpoint.hash } : EMPTY_CHAIN;
  const after = head.sequence;
  // Also what an earlier start found, if it ended before the files were read again.
  const shells = new Map<string, SpooledShell>(isSameChain ? Object.entries(checkpoint.ahead) : []);
  const batches = [];
  const counts = { records: 0, missing: 0, refused: 0 };
  for (
    let batch = await spool.readNewest({ ...READ, after });
    batch !== null;
    batch = await spool.readNewest({ ...READ, after })
  ) {
    batches.push({ first: batch.first, last: batch.last });
    for (const line of batch.lines) {
      const record = spooledSchema.parse(JSON.parse(line.toString('utf8')));
      counts.records += 1;
      if (record.kind === 'refused') counts.refused += 1;
      if (record.sequence > head.sequence) head = { sequence: record.sequence, hash: record.hash };
      if (record.shellId === null) continue;
      counts.missing += record.missing ?? 0;
      const key = record.shellId.slice(record.shellId.indexOf('.') + 1);
      const known = shells.get(key);
      shells.set(key, {
        sequence: Math.max(known?.sequence ?? 0, record.shellSequence ?? 0),
        isClosed: record.kind === 'closed' || (known?.isClosed ?? false),
      });
    }
  }
  for (const { first, last } of batches) {
    spool.release({ epoch: spool.epoch, first, last, lines: [], sequences: [], count: 0, bytes: 0 });
  }
  return { head, shells, ...counts };
}
