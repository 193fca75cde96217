import type { Engine } from '../engine/engine.ts';
import { SequenceSet } from './sequence-set.ts';
import { readWatermark, writeWatermark } from './watermarks.ts';

/** Intervals one agent may have in an epoch. Far above what holes in a stream make; a hostile agent is stopped by it. */
export const MAX_INTERVALS = 200_000;

const DAY_S = 86_400;

type Entry = { readonly agentId: string; readonly epoch: number; readonly set: SequenceSet; isChanged: boolean };

/** Which records are stored: for each agent and epoch the set of sequences. */
export type Ledger = {
  readonly stored: (agentId: string, epoch: number) => SequenceSet;
  /** Reads from the table which sequences between `first` and `last` are there, and takes them in. */
  readonly recheck: (agentId: string, epoch: number, first: number, last: number) => Promise<void>;
  /** Notes that sequences were stored. */
  readonly note: (agentId: string, epoch: number, sequences: readonly number[]) => void;
  /**
   * Writes the changed sets. Afterwards a start reads only the rows received after `settledAt`: no row received at or
   * before it may still be on its way.
   */
  readonly checkpoint: (settledAt: number) => Promise<void>;
  /** The newest receivedAt that is stored, Unix ms; 0: nothing is. */
  readonly newestReceivedAt: number;
};

/** Opens the ledger: the last checkpoint, and the rows received since. */
export async function openLedger(engine: Engine): Promise<Ledger> {
  const entries = new Map<string, Entry>();
  const entry = (agentId: string, epoch: number): Entry => {
    const key = `${agentId}:${epoch}`;
    const known = entries.get(key);
    if (known !== undefined) return known;
    const made: Entry = { agentId, epoch, set: new SequenceSet(), isChanged: false };
    entries.set(key, made);
    return made;
  };

  const settledAt = (await readWatermark(engine, 'ingest')) ?? 0;
  const saved = await engine.rows<{ agent_id: string; epoch: number; firsts: number[]; lasts: number[] }>(
    'SELECT agent_id, epoch, firsts, lasts FROM ingested_sequences FINAL',
  );
  for (const { agent_id, epoch, firsts, lasts } of saved) {
    const { set } = entry(agent_id, epoch);
    firsts.forEach((first, index) => set.add(first, lasts[index] ?? first));
  }
  // Day by day: after the loss of a checkpoint this may be all there is.
  const days = await engine.rows<{ day: number }>(
    `SELECT DISTINCT intDiv(toUnixTimestamp(round_at), ${DAY_S}) AS day FROM results
     WHERE received_at > fromUnixTimestamp64Milli({settledAt:Int64})`,
    { settledAt },
  );
  for (const { day } of days) {
    const intervals = await engine.rows<{ agent_id: string; epoch: number; first: number; last: number }>(
      `SELECT agent_id, epoch, min(sequence) AS first, max(sequence) AS last FROM (
         SELECT agent_id, epoch, sequence, sequence - row_number() OVER (PARTITION BY agent_id, epoch ORDER BY sequence) AS island
         FROM results WHERE received_at > fromUnixTimestamp64Milli({settledAt:Int64})
           AND round_at >= toDateTime({from:UInt32}, 'UTC') AND round_at < toDateTime({to:UInt32}, 'UTC'))
       GROUP BY agent_id, epoch, island ORDER BY agent_id, epoch, first`,
      { settledAt, from: day * DAY_S, to: (day + 1) * DAY_S },
      { max_threads: 1 },
    );
    for (const { agent_id, epoch, first, last } of intervals) {
      const changed = entry(agent_id, epoch);
      changed.set.add(first, last);
      changed.isChanged = true;
    }
  }
  const newest = await engine.rows<{ at: number }>(
    `SELECT toUnixTimestamp64Milli(max(received_at)) AS at FROM results WHERE received_at > fromUnixTimestamp64Milli({settledAt:Int64})`,
    { settledAt },
  );

  return {
    newestReceivedAt: Math.max(settledAt, newest[0]?.at ?? 0),
    stored: (agentId, epoch) => entry(agentId, epoch).set,
    note: (agentId, epoch, sequences) => {
      const changed = entry(agentId, epoch);
      for (const sequence of sequences) changed.set.add(sequence);
      changed.isChanged = true;
    },
    recheck: async (agentId, epoch, first, last) => {
      const rows = await engine.rows<{ sequence: number }>(
        `SELECT sequence FROM results WHERE agent_id = {agentId:String} AND epoch = {epoch:Int64}
         AND sequence >= {first:Int64} AND sequence <= {last:Int64}`,
        { agentId, epoch, first, last },
      );
      const changed = entry(agentId, epoch);
      for (const { sequence } of rows) changed.set.add(sequence);
      changed.isChanged ||= rows.length > 0;
    },
    checkpoint: async (at) => {
      const changed = [...entries.values()].filter((each) => each.isChanged);
      // Taken before the first await: what changes meanwhile is received later than `at`.
      const snapshots = changed.map(({ agentId, epoch, set }) => ({
        agentId,
        epoch,
        firsts: [...set.firsts()],
        lasts: [...set.lasts()],
      }));
      for (const each of changed) each.isChanged = false;
      try {
        for (const { agentId, epoch, firsts, lasts } of snapshots) {
          await engine.command(
            'INSERT INTO ingested_sequences VALUES ({agentId:String}, {epoch:Int64}, {firsts:Array(Int64)}, {lasts:Array(Int64)}, {at:UInt64})',
            { agentId, epoch, firsts, lasts, at },
          );
        }
        if (at > 0) await writeWatermark(engine, 'ingest', at);
      } catch (error) {
        for (const each of changed) each.isChanged = true;
        throw error;
      }
    },
  };
}
