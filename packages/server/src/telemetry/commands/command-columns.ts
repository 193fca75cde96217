import { commandCauseSchema, commandKindSchema, hiddenSchema } from '@watchpost/contracts/commands/command';
import type { ResultColumn, WireType } from '../rows/result-columns.ts';

/** Sentinels in place of nullable columns. No text of a record can begin with a NUL, no number be so small. */
export const NULL_TEXT = '\0';
export const NULL_NUMBER = -9_007_199_254_740_991;

export const COMMAND_KINDS = commandKindSchema.options;
export const TEXT_FORMS = ['none', 'text', 'base64'] as const;
export const HIDDEN = ['', ...hiddenSchema.options] as const;
export const CAUSES = ['', ...commandCauseSchema.options] as const;
export const SOURCES = ['recorder', 'legacy'] as const;

const column = (name: string, type: string, codec: string, wire: WireType): ResultColumn => ({ name, type, codec, wire });
const names = (name: string) => column(name, 'LowCardinality(String)', 'ZSTD(3)', 'string');
const number = (name: string) => column(name, 'Int64', 'T64, ZSTD(3)', 'i64');
const ascending = (name: string) => column(name, 'Int64', 'Delta, ZSTD(3)', 'i64');
const enumeration = (name: string, values: readonly string[]) =>
  column(name, `Enum8(${values.map((value, index) => `'${value}' = ${index}`).join(', ')})`, 'ZSTD(3)', 'u8');

/** Columns of the table `commands`, in the order in which rows are written. `at` and `started_at` are Unix µs. */
export const COMMAND_COLUMNS: readonly ResultColumn[] = [
  names('host_id'),
  ascending('epoch'),
  ascending('sequence'),
  enumeration('kind', COMMAND_KINDS),
  ascending('at'),
  names('session_id'),
  column('shell_id', 'String', 'ZSTD(3)', 'string'),
  number('shell_pid'),
  number('shell_sequence'),
  number('start_of'),
  number('started_at'),
  names('shell'),
  column('text', 'String', 'ZSTD(3)', 'text'),
  enumeration('text_form', TEXT_FORMS),
  number('text_bytes'),
  names('cwd'),
  number('exit_code'),
  number('duration_us'),
  names('user_name'),
  number('uid'),
  names('login_user'),
  number('login_uid'),
  names('tty'),
  names('source_ip'),
  column('interactive', 'Int8', 'ZSTD(3)', 'u8'),
  enumeration('hidden', HIDDEN),
  column('redactions', 'String', 'ZSTD(3)', 'string'),
  enumeration('cause', CAUSES),
  column('detail', 'String', 'ZSTD(3)', 'string'),
  number('missing'),
  column('previous_hash', 'String', 'ZSTD(1)', 'text'),
  column('hash', 'String', 'ZSTD(1)', 'text'),
  enumeration('source', SOURCES),
  ascending('received_at'),
];

/** All of them, as a query selects them. */
export const SELECT_COLUMNS = COMMAND_COLUMNS.map(({ name }) => name).join(', ');

/** Without the hashes: they are most of what a row weighs, and only a proof needs them. */
export const SHOWN_COLUMNS = COMMAND_COLUMNS.map(({ name }) =>
  name === 'hash' || name === 'previous_hash' ? `'' AS ${name}` : name,
).join(', ');
