import { AppError } from '@watchpost/contracts/errors/app-error';
import { type ResultId } from '@watchpost/contracts/results/result';
import type { ResultsPage, StoredResult } from '@watchpost/contracts/api/quality';
import type { Engine, QueryParameters } from '../engine/engine.ts';
import { RESULT_COLUMNS } from '../rows/result-columns.ts';
import { fromRow, type ResultRow } from '../rows/result-row.ts';
import type { ResultsQuery } from '../telemetry-store.ts';

const columns = RESULT_COLUMNS.map(({ name, type }) =>
  type.startsWith('DateTime64') ? `toUnixTimestamp64Milli(${name}) AS ${name}` : name,
).join(', ');

/** Newest first: by round, then by who measured it and when. Unique, so that a cursor is a place. */
const ORDER = 'round_at DESC, agent_id DESC, epoch DESC, sequence DESC';

const MAX_LIMIT = 500;

function where(query: Omit<ResultsQuery, 'limit' | 'cursor'>): { readonly sql: string; readonly parameters: QueryParameters } {
  const parts = [
    'target_id = {targetId:String}',
    'round_at >= fromUnixTimestamp64Milli({from:Int64})',
    'round_at < fromUnixTimestamp64Milli({to:Int64})',
    ...(query.vantages.length > 0 ? ['vantage IN {vantages:Array(String)}'] : []),
    ...(query.outcomes.length > 0 ? ['toString(outcome) IN {outcomes:Array(String)}'] : []),
    ...(query.errorCode !== null && query.errorCode !== '' ? ['error_code = {errorCode:String}'] : []),
    ...(query.search !== ''
      ? [
          `(positionCaseInsensitiveUTF8(error_text, {search:String}) > 0 OR position(remote_ip, {search:String}) > 0
            OR positionCaseInsensitiveUTF8(url, {search:String}) > 0 OR toString(http_status) = {search:String})`,
        ]
      : []),
  ];
  const { targetId, from, to, vantages, outcomes, errorCode, search } = query;
  return { sql: parts.join(' AND '), parameters: { targetId, from, to, vantages, outcomes, errorCode: errorCode ?? '', search } };
}

/** One page of single results, newest first. */
export async function queryResults(engine: Engine, query: ResultsQuery): Promise<ResultsPage> {
  const limit = Math.max(1, Math.min(query.limit, MAX_LIMIT));
  const { sql, parameters } = where(query);
  const cursor = query.cursor === null || query.cursor === '' ? null : parseCursor(query.cursor);
  const after =
    cursor === null
      ? ''
      : ' AND (round_at, agent_id, epoch, sequence) < (fromUnixTimestamp64Milli({cRound:Int64}), {cAgent:String}, {cEpoch:Int64}, {cSequence:Int64})';
  const rows = await engine.rows<ResultRow>(
    `SELECT ${columns} FROM results WHERE ${sql}${after} ORDER BY results.${ORDER.replaceAll(', ', ', results.')} LIMIT {limit:UInt32}`,
    {
      ...parameters,
      limit: limit + 1,
      ...(cursor === null
        ? {}
        : { cRound: cursor.roundAt, cAgent: cursor.agentId, cEpoch: cursor.epoch, cSequence: cursor.sequence }),
    },
    { query_plan_max_limit_for_lazy_materialization: String(MAX_LIMIT + 1) },
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    results: page.map(fromRow),
    next:
      rows.length > limit && last !== undefined
        ? `${last['round_at']}.${last['epoch']}.${last['sequence']}.${last['agent_id']}`
        : null,
  };
}

/** One result by its identity; null when it is not there (or no longer). */
export async function queryResult(engine: Engine, id: ResultId): Promise<StoredResult | null> {
  const [row] = await engine.rows<ResultRow>(
    `SELECT ${columns} FROM results WHERE agent_id = {agentId:String} AND epoch = {epoch:Int64} AND sequence = {sequence:Int64} LIMIT 1`,
    { agentId: id.agentId, epoch: id.epoch, sequence: id.sequence },
  );
  return row === undefined ? null : fromRow(row);
}

/** Rows of an export, oldest first, as they come from the engine. */
export async function* streamResults(engine: Engine, query: Omit<ResultsQuery, 'limit' | 'cursor'>): AsyncIterable<StoredResult> {
  const { sql, parameters } = where(query);
  for await (const row of engine.stream<ResultRow>(
    `SELECT ${columns} FROM results WHERE ${sql} ORDER BY results.round_at, results.agent_id, results.epoch, results.sequence`,
    parameters,
  )) {
    yield fromRow(row);
  }
}

function parseCursor(cursor: string): ResultId & { readonly roundAt: number } {
  const [, roundAt, epoch, sequence, agentId] = /^(\d{1,15})\.(\d{1,16})\.(\d{1,16})\.([A-Za-z0-9_-]{1,64})$/.exec(cursor) ?? [];
  if (agentId === undefined) {
    throw new AppError('bad-request', undefined, {
      issues: [{ field: 'cursor', value: cursor.slice(0, 120), rule: 'must be the `next` of a page' }],
    });
  }
  return { roundAt: Number(roundAt), epoch: Number(epoch), sequence: Number(sequence), agentId };
}
