import { randomUUID } from 'node:crypto';
import type { StoredCommand } from '@watchpost/contracts/api/audit';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { CommandHits, CommandId, CommandQuery, CommandStore, JoinedCommand } from '../command-store.ts';
import type { Engine } from '../engine/engine.ts';
import { createRowBinaryEncoder } from '../rows/row-binary.ts';
import { COMMAND_COLUMNS } from './command-columns.ts';
import { type CommandRow, fromCommandRow, toCommandRow } from './command-row.ts';

const INSERT = `INSERT INTO commands (${COMMAND_COLUMNS.map(({ name }) => name).join(', ')}) FORMAT RowBinary`;
const COLUMNS = COMMAND_COLUMNS.map(({ name }) => name).join(', ');
const HOUR_MS = 3_600_000;
/** Windows that a search looks through, newest first, as multiples of an hour: most answers are in the first ones. */
const WINDOWS_H = [1, 6, 48, 24 * 14, 24 * 90, Number.POSITIVE_INFINITY];
/** A search that has looked so long answers with what it has. */
const SEARCH_MS = 8_000;
/** Ends that a filter by exit code looks at in one window. */
const MOST_ENDS = 20_000;
const SESSION_RECORDS = 5_000;
const INSERT_ROWS = 20_000;

/** Opens the store of commands over the engine of the results. The schema must be up to date. */
export function openCommandStore({ engine, clock }: { readonly engine: Engine; readonly clock: Clock }): CommandStore {
  const encode = createRowBinaryEncoder(COMMAND_COLUMNS);
  let turn: Promise<void> = Promise.resolve();
  let waiting: {
    readonly commands: readonly StoredCommand[];
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  /** Batches of many hosts that wait for their turn go into one insert. */
  const writeWaiting = async (): Promise<void> => {
    const group = waiting.slice(
      0,
      Math.max(
        1,
        waiting.findIndex((_, index) => index > 0 && rowsOf(waiting.slice(0, index + 1)) > INSERT_ROWS),
      ),
    );
    if (group.length === 0) return;
    waiting = waiting.slice(group.length);
    try {
      const rows = group.flatMap(({ commands }) => commands.map(toCommandRow));
      const token = randomUUID();
      await engine.insert(INSERT, encode(rows), {
        queryId: token,
        settings: { insert_deduplication_token: token, insert_deduplicate: 1, max_partitions_per_insert_block: '0' },
      });
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  const starts = async (query: CommandQuery, from: number, to: number, limit: number): Promise<StoredCommand[]> => {
    const where: string[] = ['at >= {from:Int64}', 'at < {to:Int64}'];
    const parameters: Record<string, unknown> = { from: from * 1_000, to: to * 1_000, limit };
    const among = (column: string, values: readonly string[] | null): void => {
      if (values === null || (values.length === 0 && column !== 'host_id')) return;
      where.push(`${column} IN {${column}:Array(String)}`);
      parameters[column] = values;
    };
    among('host_id', query.hostIds);
    among('user_name', query.users);
    among('login_user', query.loginUsers);
    among('shell', query.shells);
    if (query.kinds.length > 0) {
      where.push('toString(kind) IN {kinds:Array(String)}');
      parameters['kinds'] = query.kinds;
    } else where.push(`kind != 'end'`);
    if (query.sessionId !== null) {
      where.push('session_id = {session:String}');
      parameters['session'] = query.sessionId;
    }
    if (query.hidden !== null) {
      where.push(
        query.hidden === 'any' ? `hidden != ''` : query.hidden === 'none' ? `hidden = ''` : 'toString(hidden) = {hidden:String}',
      );
      parameters['hidden'] = query.hidden;
    }
    for (const [index, word] of query.words.entries()) {
      // The index of the lower-case text tells which granules cannot have a word of ASCII. LIKE uses it, positions do not.
      where.push(`lower(text) LIKE {word${index}:String}`);
      parameters[`word${index}`] = `%${word.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
    }
    if (query.token !== null) {
      where.push('position(redactions, {token:String}) > 0');
      parameters['token'] = query.token;
    }
    if (query.exit !== null) {
      const ended = `SELECT host_id, shell_id, start_of FROM commands WHERE kind = 'end' AND at >= {from:Int64}${query.hostIds === null ? '' : ' AND host_id IN {host_id:Array(String)}'}`;
      const key = '(host_id, shell_id, shell_sequence)';
      where.push(`kind = 'start'`);
      if (query.exit === 'running') where.push(`${key} NOT IN (${ended})`);
      else {
        const condition =
          query.exit === 'ok' ? 'exit_code = 0' : query.exit === 'failed' ? 'exit_code > 0' : 'exit_code = {exit:Int64}';
        if (typeof query.exit === 'number') parameters['exit'] = query.exit;
        where.push(`${key} IN (${ended} AND ${condition} ORDER BY at DESC LIMIT ${MOST_ENDS})`);
      }
    }
    if (query.before !== null) {
      where.push('(at, host_id, epoch, sequence) < ({bAt:Int64}, {bHost:String}, {bEpoch:Int64}, {bSequence:Int64})');
      const { at, hostId, epoch, sequence } = query.before;
      Object.assign(parameters, { bAt: at, bHost: hostId, bEpoch: epoch, bSequence: sequence });
    }
    const rows = await engine.rows<CommandRow>(
      `SELECT ${COLUMNS} FROM commands WHERE ${where.join(' AND ')} ORDER BY at DESC, host_id DESC, epoch DESC, sequence DESC LIMIT {limit:UInt32}`,
      parameters,
    );
    return rows.map(fromCommandRow);
  };

  const join = async (commands: readonly StoredCommand[]): Promise<JoinedCommand[]> => {
    const wanted = commands.filter(({ kind, shellId }) => kind === 'start' && shellId !== null);
    const ends = new Map<string, StoredCommand>();
    if (wanted.length > 0) {
      const since = wanted.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
      const rows = await engine.rows<CommandRow>(
        `SELECT ${COLUMNS} FROM commands WHERE at >= {since:Int64} AND kind IN ('end', 'closed') AND shell_id IN {shells:Array(String)} AND start_of IN {starts:Array(Int64)} AND host_id IN {hosts:Array(String)} LIMIT 5000`,
        {
          since,
          shells: [...new Set(wanted.map(({ shellId }) => shellId))],
          starts: [...new Set(wanted.map(({ shellSequence }) => shellSequence ?? 0))],
          hosts: [...new Set(wanted.map(({ hostId }) => hostId))],
        },
      );
      for (const end of rows.map(fromCommandRow)) {
        const key = `${end.hostId} ${end.shellId} ${end.startOf}`;
        if (end.kind === 'end' || !ends.has(key)) ends.set(key, end);
      }
    }
    return commands.map((command) => ({
      command,
      end: ends.get(`${command.hostId} ${command.shellId} ${command.startOf ?? command.shellSequence}`) ?? null,
    }));
  };

  return {
    insert(commands) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ commands, resolve, reject });
      turn = turn.then(writeWaiting);
      return promise;
    },
    async search(query): Promise<CommandHits> {
      const beganUs = clock.monotonicUs();
      const found: StoredCommand[] = [];
      let to = query.before === null ? query.to : Math.min(query.to, Math.trunc(query.before.at / 1_000) + 1);
      const end = to;
      for (const hours of WINDOWS_H) {
        const from = Math.max(query.from, end - hours * HOUR_MS);
        found.push(...(await starts(query, from, to, query.limit + 1 - found.length)));
        to = from;
        if (found.length > query.limit || to <= query.from) break;
        if (clock.monotonicUs() - beganUs > SEARCH_MS * 1_000) break;
      }
      const hasMore = found.length > query.limit;
      return {
        commands: await join(found.slice(0, query.limit)),
        hasMore,
        searchedBackTo: hasMore || to <= query.from ? null : to,
      };
    },
    async byId(id) {
      const [row] = await engine.rows<CommandRow>(
        `SELECT ${COLUMNS} FROM commands WHERE host_id = {hostId:String} AND epoch = {epoch:Int64} AND sequence = {sequence:Int64} LIMIT 1`,
        id,
      );
      return row === undefined ? null : fromCommandRow(row);
    },
    async session(sessionId, hostId, around) {
      const select = (condition: string, order: string, limit: number) =>
        engine.rows<CommandRow>(
          `SELECT ${COLUMNS} FROM commands WHERE session_id = {sessionId:String} AND host_id = {hostId:String} AND kind != 'end' ${condition} ORDER BY at ${order}, epoch ${order}, sequence ${order} LIMIT ${limit}`,
          { sessionId, hostId, at: around?.at ?? 0 },
        );
      if (around === null) return join((await select('', 'ASC', SESSION_RECORDS)).map(fromCommandRow));
      const before = await select('AND at < {at:Int64}', 'DESC', around.limit);
      const after = await select('AND at >= {at:Int64}', 'ASC', around.limit + 1);
      return join([...before.toReversed(), ...after].map(fromCommandRow));
    },
    async *chain(hostId, epoch, first, last) {
      const rows = engine.stream<CommandRow>(
        `SELECT ${COLUMNS} FROM commands WHERE host_id = {hostId:String} AND epoch = {epoch:Int64} AND sequence BETWEEN {first:Int64} AND {last:Int64} ORDER BY sequence`,
        { hostId, epoch, first, last },
      );
      for await (const row of rows) yield fromCommandRow(row);
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
    async hosts() {
      const rows = await engine.rows<{ host_id: string; lastAt: number; records: number }>(
        'SELECT host_id, intDiv(max(at), 1000) AS lastAt, count() AS records FROM commands GROUP BY host_id',
      );
      return new Map(rows.map(({ host_id: id, lastAt, records }) => [id, { lastAt, records }]));
    },
  };
}

function rowsOf(group: readonly { readonly commands: readonly StoredCommand[] }[]): number {
  return group.reduce((sum, { commands }) => sum + commands.length, 0);
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
