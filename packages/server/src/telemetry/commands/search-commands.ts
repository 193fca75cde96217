import type { StoredCommand } from '@watchpost/contracts/api/audit';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { CommandHits, CommandQuery } from '../command-store.ts';
import type { Engine } from '../engine/engine.ts';
import { SELECT_COLUMNS, SHOWN_COLUMNS } from './command-columns.ts';
import { type CommandRow, fromCommandRow } from './command-row.ts';
import { joinEnds } from './join-ends.ts';

const HOUR_MS = 3_600_000;
/** Windows that a search looks through, newest first, hours back from now: most answers are in the first ones. */
const WINDOWS_H = [1 / 4, 2, 12, 24 * 3, 24 * 31, Number.POSITIVE_INFINITY];
/** The rows of so few hosts lie together: the shortest window would cost a query and save nothing. */
const FEW_HOSTS = 20;
const FEW_HOSTS_WINDOWS_H = WINDOWS_H.slice(1);
/** Whole words have an index of their own. */
const EXACT_WINDOWS_H = [12, 24 * 3, 24 * 31, Number.POSITIVE_INFINITY];
/** A text that was not typed within this time is looked for in all of the rest. */
const RARE_AFTER_H = 24 * 3;
/** A record is never received so long before it happened. */
const AHEAD_MS = 24 * HOUR_MS;
/** A search that has looked so long answers with what it has. */
const SEARCH_MS = 8_000;
/** Ends that a filter by exit code looks at in one window. */
const MOST_ENDS = 20_000;

type Window = { readonly from: number; readonly to: number; readonly limit: number };

/** Newest first, through windows of time that grow. */
export async function searchCommands(engine: Engine, clock: Clock, query: CommandQuery): Promise<CommandHits> {
  const beganUs = clock.monotonicUs();
  const found: StoredCommand[] = [];
  let to = query.before === null ? query.to : Math.min(query.to, Math.trunc(query.before.at / 1_000) + 1);
  // What lies ahead of now, by a clock that is wrong, belongs to the first window.
  const end = Math.min(to, clock.wallMs());
  const isExact = query.exactWords.length > 0;
  const ofFewHosts = query.hostIds !== null && query.hostIds.length <= FEW_HOSTS;
  for (const hours of isExact ? EXACT_WINDOWS_H : ofFewHosts ? FEW_HOSTS_WINDOWS_H : WINDOWS_H) {
    const from = Math.max(query.from, end - hours * HOUR_MS);
    found.push(...(await findStarts(engine, query, { from, to, limit: query.limit + 1 - found.length })));
    to = from;
    if (found.length > query.limit || to <= query.from) break;
    // So rare that the index of words answers for all of the time at once.
    if (hours >= (isExact ? 0 : RARE_AFTER_H) && found.length === 0 && (isExact || query.words.length > 0)) {
      found.push(...(await findStarts(engine, query, { from: query.from, to, limit: query.limit + 1 })));
      to = query.from;
      break;
    }
    if (clock.monotonicUs() - beganUs > SEARCH_MS * 1_000) break;
  }
  const hasMore = found.length > query.limit;
  return {
    commands: await joinEnds(engine, found.slice(0, query.limit)),
    hasMore,
    searchedBackTo: hasMore || to <= query.from ? null : to,
  };
}

async function findStarts(engine: Engine, query: CommandQuery, { from, to, limit }: Window): Promise<StoredCommand[]> {
  const where: string[] = ['at < {to:Int64}'];
  if (from > 0) {
    // The day leads in the order of the table, the time of receipt in its partitions.
    where.push(
      'at >= {from:Int64}',
      'intDiv(at, 86400000000) BETWEEN intDiv({from:Int64}, 86400000000) AND intDiv({to:Int64}, 86400000000)',
      'received_at >= {receivedFrom:Int64}',
    );
  }
  const parameters: Record<string, unknown> = { from: from * 1_000, to: to * 1_000, receivedFrom: from - AHEAD_MS, limit };
  const among = (column: string, values: readonly string[] | null): void => {
    if (values === null || (values.length === 0 && column !== 'host_id')) return;
    where.push(`${column} IN {${column}:Array(String)}`);
    parameters[column] = values;
  };
  among('host_id', query.hostIds);
  among('user_name', query.users);
  among('login_user', query.loginUsers);
  among('shell', query.shells);
  if (query.sources.length > 0) {
    where.push('toString(source) IN {sources:Array(String)}');
    parameters['sources'] = query.sources;
  }
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
  if (query.exactWords.length > 0) {
    where.push('hasAllTokens(lower(text), {exactWords:Array(String)})');
    parameters['exactWords'] = query.exactWords.map(lowerAscii);
  }
  for (const [index, word] of query.words.entries()) {
    // LIKE uses the index of the words: those that hold the text are looked for among all words first.
    where.push(`lower(text) LIKE {word${index}:String}`);
    parameters[`word${index}`] = `%${lowerAscii(word).replaceAll(/[\\%_]/g, '\\$&')}%`;
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
    `SELECT ${query.withHashes ? SELECT_COLUMNS : SHOWN_COLUMNS} FROM commands WHERE ${where.join(' AND ')} ORDER BY at DESC, host_id DESC, epoch DESC, sequence DESC LIMIT {limit:UInt32}`,
    parameters,
    // The wide columns are read for what is found only.
    { query_plan_max_limit_for_lazy_materialization: '1000' },
  );
  return rows.map(fromCommandRow);
}

/** As the engine's `lower`: letters of ASCII only. */
function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
