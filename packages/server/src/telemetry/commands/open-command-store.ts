import { randomUUID } from 'node:crypto';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { CommandId, CommandRows, CommandStore } from '../command-store.ts';
import type { Engine } from '../engine/engine.ts';
import { SELECT_COLUMNS } from './command-columns.ts';
import { type CommandRow, fromCommandRow } from './command-row.ts';
import { createCommandRowWriter, pickRows } from './command-rows.ts';
import { joinEnds } from './join-ends.ts';
import { searchCommands } from './search-commands.ts';
import { dropMonth, expiredMonths, readMonth } from './expired-months.ts';
import { queryHostGaps, queryHosts, queryHostUsers } from './host-queries.ts';

const INSERT = `INSERT INTO commands (${SELECT_COLUMNS}) FORMAT RowBinary`;
/** Sequences read at once. */
const CHAIN_PAGE = 5_000;
const SESSION_RECORDS = 5_000;
const INSERT_ROWS = 20_000;

/** Opens the store of commands over the engine of the results. The schema must be up to date. */
export function openCommandStore({ engine, clock }: { readonly engine: Engine; readonly clock: Clock }): CommandStore {
  const rowWriter = createCommandRowWriter();
  let turn: Promise<void> = Promise.resolve();
  let waiting: {
    readonly rows: CommandRows;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  /** Batches of many hosts that wait for their turn go into one insert. */
  const writeWaiting = async (): Promise<void> => {
    let rowCount = 0;
    const end = waiting.findIndex(({ rows }, index) => (rowCount += rows.ends.length) > INSERT_ROWS && index > 0);
    const group = end === -1 ? waiting : waiting.slice(0, end);
    if (group.length === 0) return;
    waiting = waiting.slice(group.length);
    try {
      const bytes = Buffer.concat(group.map(({ rows }) => rows.bytes));
      const token = randomUUID();
      await engine.insert(INSERT, bytes, {
        queryId: token,
        settings: { insert_deduplication_token: token, insert_deduplicate: 1, max_partitions_per_insert_block: '0' },
      });
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  const insert = (rows: CommandRows): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ rows, resolve, reject });
    turn = turn.then(writeWaiting);
    return promise;
  };

  return {
    insert: (commands) => insert(rowWriter.stored(commands)),
    toRows: rowWriter.fresh,
    insertRows: (rows, indexes, receivedAt) => insert(pickRows(rows, indexes, receivedAt)),
    search: (query) => searchCommands(engine, clock, query),
    async byId(id) {
      const [row] = await engine.rows<CommandRow>(
        `SELECT ${SELECT_COLUMNS} FROM commands WHERE host_id = {hostId:String} AND epoch = {epoch:Int64} AND sequence = {sequence:Int64} LIMIT 1`,
        id,
      );
      return row === undefined ? null : fromCommandRow(row);
    },
    async session(sessionId, hostId, around) {
      const select = (condition: string, order: string, limit: number) =>
        engine.rows<CommandRow>(
          `SELECT ${SELECT_COLUMNS} FROM commands WHERE session_id = {sessionId:String} AND host_id = {hostId:String} AND kind != 'end' ${condition} ORDER BY at ${order}, epoch ${order}, sequence ${order} LIMIT ${limit}`,
          { sessionId, hostId, at: around?.at ?? 0 },
        );
      if (around === null) return joinEnds(engine, (await select('', 'ASC', SESSION_RECORDS)).map(fromCommandRow));
      const before = await select('AND at < {at:Int64}', 'DESC', around.limit);
      const after = await select('AND at >= {at:Int64}', 'ASC', around.limit + 1);
      return joinEnds(engine, [...before.toReversed(), ...after].map(fromCommandRow));
    },
    async *chain(hostId, epoch, first, last) {
      const where = "host_id = {hostId:String} AND epoch = {epoch:Int64} AND source = 'recorder'";
      const begin = async (from: number): Promise<number | null> => {
        const [row] = await engine.rows<{ least: number; records: number }>(
          `SELECT min(sequence) AS least, count() AS records FROM commands WHERE ${where} AND sequence BETWEEN {from:Int64} AND {last:Int64}`,
          { hostId, epoch, from, last },
        );
        return row === undefined || row.records === 0 ? null : row.least;
      };
      // In pages: sorting a whole chain would take more memory than a query may have.
      for (let from = await begin(first); from !== null && from <= last;) {
        const to = Math.min(last, from + CHAIN_PAGE - 1);
        const rows = await engine.rows<CommandRow>(
          `SELECT ${SELECT_COLUMNS} FROM commands WHERE ${where} AND sequence BETWEEN {from:Int64} AND {to:Int64} ORDER BY sequence`,
          { hostId, epoch, from, to },
        );
        for (const row of rows) yield fromCommandRow(row);
        from = rows.length === 0 ? await begin(to + 1) : to + 1;
      }
    },
    async *receivedSince(receivedAt) {
      const rows = engine.stream<CommandRow>(
        `SELECT host_id, epoch, sequence, hash, previous_hash FROM commands WHERE received_at >= {receivedAt:Int64} AND source = 'recorder' ORDER BY host_id, epoch, sequence`,
        { receivedAt },
      );
      for await (const row of rows) {
        yield {
          hostId: String(row['host_id']),
          epoch: Number(row['epoch']),
          sequence: Number(row['sequence']),
          hash: String(row['hash']),
          previousHash: String(row['previous_hash']),
        };
      }
    },
    async hashesOf(hostId, epoch, sequences) {
      const rows = await engine.rows<{ sequence: number; hash: string }>(
        'SELECT sequence, hash FROM commands WHERE host_id = {hostId:String} AND epoch = {epoch:Int64} AND sequence IN {sequences:Array(Int64)}',
        { hostId, epoch, sequences },
      );
      return new Map(rows.map(({ sequence, hash }) => [sequence, hash]));
    },
    hosts: () => queryHosts(engine),
    usersOf: (hostId, since) => queryHostUsers(engine, hostId, since),
    gapsOf: (hostId, limit) => queryHostGaps(engine, hostId, limit),
    expiredMonths: (before) => expiredMonths(engine, before),
    readMonth: (partition) => readMonth(engine, partition),
    dropMonth: (partition) => dropMonth(engine, partition),
  };
}

/** `<hostId>:<epoch>:<sequence>` */
export function formatCommandId({ hostId, epoch, sequence }: CommandId): string {
  return `${hostId}:${epoch}:${sequence}`;
}

/** Null: not an id of a record. */
export function parseCommandId(text: string): CommandId | null {
  const [, hostId, epoch, sequence] = /^([\w.-]{1,64}):(\d{1,16}):(\d{1,16})$/.exec(text) ?? [];
  return hostId === undefined ? null : { hostId, epoch: Number(epoch), sequence: Number(sequence) };
}
