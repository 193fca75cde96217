import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LossBudget } from '@watchpost/contracts/agents/recorder-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { SequenceRange } from '@watchpost/runtime/spool/sequence-set';
import { z } from 'zod';

const count = z.int().min(0);
const positionSchema = z.object({
  inode: count,
  offset: count,
  sequence: count,
  /** Commands that run: number of the start, and when that was. */
  open: z
    .array(z.tuple([count, count]))
    .max(100)
    .default([]),
  /** One of them may read from the terminal by a builtin of the shell. */
  mayRead: z.boolean().default(false),
  /** Its end is recorded: it is not recorded again by a recorder that has not removed the file yet. */
  isClosed: z.boolean().default(false),
  /** What the process of the shell executed: `image` of its facts. */
  image: z.string().default('0'),
});
/** What the spool of the recorder holds of a shell: the number of its newest record, and whether its end is there. */
const spooledShellSchema = z.object({ sequence: count, isClosed: z.boolean() });
const checkpointSchema = z.object({
  /** Life of the spool that the chain belongs to, and the newest record of the chain. */
  epoch: count,
  sequence: count,
  hash: z.string(),
  /** Spool files by name. */
  files: z.record(z.string(), positionSchema),
  /**
   * Shells, by `<pid>.<start ticks>.<random>`, of which the spool held more at the start than their files were read, and whose
   * files have not been read again so far since.
   */
  ahead: z.record(z.string(), spooledShellSchema).default({}),
  written: count,
  missing: count,
  refused: count,
  /** Records that are durable in the spool. */
  spooled: count,
  acknowledged: count,
  /** Records that the spool had to drop. */
  dropped: count,
  /** Records that were sent and not acknowledged. */
  underWay: z.array(z.tuple([count, count])).max(1_000),
});

/**
 * How far the recorder is. It lags behind the spool: what the spool holds beyond `sequence` is read from there at the
 * start. So it must be written before the spool forgets such records.
 */
export type Checkpoint = z.infer<typeof checkpointSchema>;
export type SpooledShell = z.infer<typeof spooledShellSchema>;
/** How far the spool file of a shell was read, and what is known of the shell. */
export type FilePosition = z.infer<typeof positionSchema>;

const FILE = 'checkpoint.json';

/** Null: there is none. Rejects with `bad-config` when it cannot be understood. */
export async function readCheckpoint(dataDir: string): Promise<Checkpoint | null> {
  const file = join(dataDir, FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return checkpointSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError('bad-config', `${file} is damaged: move it away, and the recorder begins a new chain`, { cause });
  }
}

/** Whole or not there, also after a loss of power. */
export async function writeCheckpoint(dataDir: string, checkpoint: Checkpoint): Promise<void> {
  const temporary = join(dataDir, `${FILE}.new`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(checkpoint));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, join(dataDir, FILE));
}

/** The loss budget that a checkpoint states: what the server is told, and what `watchpost recorder status` prints. */
export function budgetOf(
  checkpoint: Pick<Checkpoint, 'written' | 'missing' | 'refused' | 'spooled' | 'acknowledged' | 'dropped'> & {
    readonly underWay: readonly SequenceRange[];
  },
): LossBudget {
  const { written, missing, refused, spooled, acknowledged, dropped } = checkpoint;
  const underWay = checkpoint.underWay.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return { written, spooled, sent: acknowledged + underWay, acknowledged, missing, refused, dropped };
}
