import type { CommandLine } from '@watchpost/contracts/api/audit';
import { READABLE_COLUMNS } from '@watchpost/contracts/api/proof-csv';
import { csvLine } from '../quality/csv.ts';
import type { CommandQuery, CommandStore } from '../telemetry/command-store.ts';
import { toCommandLine } from './command-lines.ts';

/** Records of one export; more are left to a narrower search. */
export const EXPORT_RECORDS = 1_000_000;
const PAGE = 500;
export const EXPORT_TYPES = { jsonl: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const;

const COLUMNS = [...READABLE_COLUMNS, 'id'] as const satisfies readonly (keyof CommandLine)[];

/** The records of a search as text, page by page. */
export async function* exportCommands(options: {
  readonly store: CommandStore;
  readonly query: CommandQuery;
  readonly format: 'jsonl' | 'csv';
  readonly nameOf: (hostId: string) => string;
}): AsyncGenerator<string> {
  const { store, format, nameOf } = options;
  if (format === 'csv') yield csvLine(COLUMNS);
  let query: CommandQuery = { ...options.query, limit: PAGE, withHashes: format === 'jsonl' };
  for (let records = 0; records < EXPORT_RECORDS;) {
    const { commands, hasMore } = await store.search(query);
    let text = '';
    for (const joined of commands) {
      const line = toCommandLine(joined, nameOf);
      text +=
        format === 'csv'
          ? csvLine(COLUMNS.map((name) => cell(line, name)))
          : `${JSON.stringify({ ...line, hash: joined.command.hash, previousHash: joined.command.previousHash })}\n`;
    }
    yield text;
    records += commands.length;
    const last = commands.at(-1)?.command;
    if (!hasMore || last === undefined) return;
    query = { ...query, before: last };
  }
}

function cell(line: CommandLine, name: (typeof COLUMNS)[number]): string {
  if (name === 'at') return new Date(line.at / 1_000).toISOString();
  if (name === 'text') return line.text ?? (line.textBase64 === null ? '' : `base64:${line.textBase64}`);
  return String(line[name] ?? '');
}
