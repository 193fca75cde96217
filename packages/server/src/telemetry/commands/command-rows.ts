import type { StoredCommand } from '@watchpost/contracts/api/audit';
import type { Command } from '@watchpost/contracts/commands/command';
import type { CommandRows } from '../command-store.ts';
import { createRowBinaryWriter, type Row, writeInt64 } from '../rows/row-binary.ts';
import { COMMAND_COLUMNS } from './command-columns.ts';
import { toCommandRow } from './command-row.ts';

/** The time of receipt is the last column of a row: an `Int64`. */
const RECEIVED_AT_BYTES = 8;

/** Writes records down as the rows that an insert sends. */
export type CommandRowWriter = {
  /** Records of recorders, received at a time that `pickRows` fills in. */
  readonly fresh: (commands: Iterable<Command>) => CommandRows;
  readonly stored: (commands: Iterable<StoredCommand>) => CommandRows;
};

export function createCommandRowWriter(): CommandRowWriter {
  const writer = createRowBinaryWriter(COMMAND_COLUMNS);
  const write = <Each>(records: Iterable<Each>, rowOf: (record: Each) => Row): CommandRows => {
    const ends: number[] = [];
    try {
      for (const record of records) ends.push(writer.write(rowOf(record)));
    } catch (error) {
      // Half a batch must not stand before the next one.
      writer.take();
      throw error;
    }
    return { bytes: writer.take(), ends };
  };
  const fresh = { source: 'recorder', receivedAt: 0 } as const;
  return {
    fresh: (commands) => write(commands, (command) => toCommandRow(command, fresh)),
    stored: (commands) => write(commands, (command) => toCommandRow(command, command)),
  };
}

/** Only these rows, all received now. */
export function pickRows(rows: CommandRows, indexes: readonly number[], receivedAt: number): CommandRows {
  const beginOf = (index: number): number => rows.ends[index - 1] ?? 0;
  const isAll = indexes.length === rows.ends.length;
  const bytes = isAll ? rows.bytes : Buffer.concat(indexes.map((index) => rows.bytes.subarray(beginOf(index), rows.ends[index])));
  let end = 0;
  const ends = isAll ? rows.ends : indexes.map((index) => (end += (rows.ends[index] ?? 0) - beginOf(index)));
  for (const each of ends) writeInt64(bytes, receivedAt, each - RECEIVED_AT_BYTES);
  return { bytes, ends };
}
