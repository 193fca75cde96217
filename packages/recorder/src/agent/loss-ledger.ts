import type { CommandCause, UnchainedCommand } from '@watchpost/contracts/commands/command';
import { createSequenceSet, type SequenceRange } from '@watchpost/runtime/spool/sequence-set';
import type { Spool } from '@watchpost/runtime/spool/spool';
import type { ChainHead } from '../chain/chain.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CommandLog } from './command-log.ts';
import type { Recovered } from './recover.ts';
import { type Counts, NOTHING, NO_COUNTS } from './shell-commands.ts';

/** Ranges of records under way that a checkpoint keeps, the newest. */
const RANGES_KEPT = 1_000;
/** Numbers that a failed write of the spool used up, and the cut end of a crash: no record had them. */
const NEVER_RECORDS: ReadonlySet<string> = new Set(['spool-write', 'spool-torn', 'spool-busy']);

/** What the checkpoint says of the chain and of the loss budget: at any moment one state. */
export type Ledger = Omit<Checkpoint, 'files' | 'ahead' | 'underWay'> & { readonly underWay: readonly SequenceRange[] };

/**
 * Keeps the loss budget: written = spooled + missing, sent, acknowledged. Records count when they are durable, together with
 * the head of their chain.
 */
export type LossLedger = {
  /** Counts of records which are being made; they go along with the next `append`. */
  readonly pending: Counts;
  /**
   * Writes records durably. `counted` gets the sequence of the newest record in the moment in which `state` begins to count
   * them: what belongs to the same checkpoint is noted there.
   */
  readonly append: (commands: readonly UnchainedCommand[], counted?: (newest: number) => void) => Promise<void>;
  readonly noteSent: (sequences: readonly number[]) => void;
  readonly noteAcknowledged: (first: number, last: number) => void;
  /** Writes records about what happened to the spool itself since the last call. */
  readonly tellOwn: () => Promise<void>;
  readonly state: () => Ledger;
};

export function createLossLedger(options: {
  readonly spool: Spool;
  readonly commandLog: CommandLog;
  readonly checkpoint: Checkpoint | null;
  readonly recovered: Recovered;
  readonly nowUs: () => number;
}): LossLedger {
  const { spool, commandLog, recovered, nowUs } = options;
  // Another life of the spool is another chain: its records are counted from the beginning.
  const before = options.checkpoint?.epoch === spool.epoch ? options.checkpoint : null;
  let head: ChainHead = recovered.head;
  let spooled = (before?.spooled ?? 0) + recovered.records;
  const counts: Counts = {
    written: (before?.written ?? 0) + recovered.records + recovered.missing,
    missing: (before?.missing ?? 0) + recovered.missing,
    refused: (before?.refused ?? 0) + recovered.refused,
  };
  const pending: Counts = { ...NO_COUNTS };
  const underWay = createSequenceSet();
  // Some of them may have been acknowledged after the checkpoint was written.
  for (const range of (before?.underWay ?? []).flatMap(([first, last]) => spool.waiting(first, last))) underWay.add(...range);

  const droppedCount = (): number => {
    const reasons = Object.entries(spool.stats().dropped).filter(([reason]) => !NEVER_RECORDS.has(reason));
    return reasons.reduce((sum, [, records]) => sum + records, before?.dropped ?? 0);
  };
  /** Of those of earlier starts, a record was made then, or is lost with what it was about. */
  let droppedTold = before?.dropped ?? 0;

  const own = (cause: CommandCause, detail: string, missing: number): UnchainedCommand => ({
    ...NOTHING,
    kind: 'gap',
    cause,
    detail,
    missing,
    at: nowUs(),
    sessionId: 'recorder',
  });
  const lost = lostWithSpool(options.checkpoint, spool.epoch);
  let toTell = lost === 0 ? [] : [own('reader-lost', `the spool is gone with ${lost} records that were not sent`, lost)];

  let turn: Promise<unknown> = Promise.resolve();
  const append: LossLedger['append'] = (commands, counted) => {
    // What is pending now belongs to these records, whenever their turn comes.
    const { written, missing, refused } = pending;
    Object.assign(pending, NO_COUNTS);
    const mine = turn
      .catch(() => {})
      .then(async () => {
        const expected = commandLog.head().sequence + commands.length;
        if (commands.length > 0) head = await commandLog.append(commands);
        const unused = head.sequence - expected;
        if (unused > 0) {
          const detail = `the disk refused records for a while: ${unused} numbers of the chain were never used, no command is missing`;
          toTell.push(own('reader-lost', detail, 0));
        }
        spooled += commands.length;
        counts.written += written;
        counts.missing += missing;
        counts.refused += refused;
        counted?.(head.sequence);
      });
    turn = mine;
    return mine;
  };

  return {
    pending,
    append,
    noteSent(sequences) {
      for (const [first, last] of runsOf(sequences)) underWay.add(first, last);
    },
    noteAcknowledged: (first, last) => underWay.remove(first, last),
    async tellOwn() {
      const more = droppedCount() - droppedTold;
      droppedTold += more;
      if (more > 0) toTell.push(own('spool-full', `the spool of the recorder had to drop ${more} records`, more));
      const told = toTell;
      toTell = [];
      if (told.length === 0) return;
      pending.written += told.length;
      await append(told);
    },
    state() {
      const dropped = droppedCount();
      const acknowledged = Math.max(0, spooled - spool.stats().records - dropped);
      const ranges = underWay.ranges().slice(-RANGES_KEPT);
      return { epoch: spool.epoch, ...head, ...counts, spooled, acknowledged, dropped, underWay: ranges };
    },
  };
}

/** Records that a spool held which is no longer there. */
function lostWithSpool(checkpoint: Checkpoint | null, epoch: number): number {
  if (checkpoint === null || checkpoint.epoch === epoch) return 0;
  return Math.max(0, checkpoint.spooled - checkpoint.acknowledged - checkpoint.dropped);
}

function runsOf(sequences: readonly number[]): readonly SequenceRange[] {
  const runs: [number, number][] = [];
  for (const sequence of sequences) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === sequence - 1) last[1] = sequence;
    else runs.push([sequence, sequence]);
  }
  return runs;
}
