import { type StoredCommand, storedCommandSchema } from '@watchpost/contracts/api/audit';
import type { Command } from '@watchpost/contracts/commands/command';
import type { Row } from '../rows/row-binary.ts';
import { CAUSES, COMMAND_KINDS, HIDDEN, NULL_NUMBER, NULL_TEXT, SOURCES, TEXT_FORMS } from './command-columns.ts';

/** A row of `commands` as the engine gives it; enumerations by name. */
export type CommandRow = Readonly<Record<string, string | number>>;

const text = (value: string | null): string => value ?? NULL_TEXT;
const number = (value: number | null): number => value ?? NULL_NUMBER;

/** The values of a record in the order of `COMMAND_COLUMNS`. */
export function toCommandRow(command: Command, { source, receivedAt }: Pick<StoredCommand, 'source' | 'receivedAt'>): Row {
  const form = command.text === null ? (command.textBase64 === null ? 'none' : 'base64') : 'text';
  return [
    command.hostId,
    command.epoch,
    command.sequence,
    COMMAND_KINDS.indexOf(command.kind),
    command.at,
    command.sessionId,
    text(command.shellId),
    number(command.shellPid),
    number(command.shellSequence),
    number(command.startOf),
    number(command.startedAt),
    text(command.shell),
    command.text ?? command.textBase64 ?? '',
    TEXT_FORMS.indexOf(form),
    number(command.textBytes),
    text(command.cwd),
    number(command.exitCode),
    number(command.durationUs),
    text(command.user),
    number(command.uid),
    text(command.loginUser),
    number(command.loginUid),
    text(command.tty),
    text(command.sourceIp),
    command.interactive === null ? 2 : Number(command.interactive),
    HIDDEN.indexOf(command.hidden ?? ''),
    command.redactions.length === 0 ? '' : JSON.stringify(command.redactions),
    CAUSES.indexOf(command.cause ?? ''),
    text(command.detail),
    number(command.missing),
    command.previousHash,
    command.hash,
    SOURCES.indexOf(source),
    receivedAt,
  ];
}

/** The record that a row was made of, to the last byte of its canonical form. */
export function fromCommandRow(row: CommandRow): StoredCommand {
  const texts = (name: string): string | null => (row[name] === NULL_TEXT ? null : String(row[name]));
  const numbers = (name: string): number | null => (row[name] === NULL_NUMBER ? null : Number(row[name]));
  return {
    hostId: String(row['host_id']),
    epoch: Number(row['epoch']),
    sequence: Number(row['sequence']),
    kind: row['kind'] as StoredCommand['kind'],
    at: Number(row['at']),
    sessionId: String(row['session_id']),
    shellId: texts('shell_id'),
    shellPid: numbers('shell_pid'),
    shellSequence: numbers('shell_sequence'),
    startOf: numbers('start_of'),
    startedAt: numbers('started_at'),
    shell: texts('shell'),
    text: row['text_form'] === 'text' ? String(row['text']) : null,
    textBase64: row['text_form'] === 'base64' ? String(row['text']) : null,
    textBytes: numbers('text_bytes'),
    cwd: texts('cwd'),
    exitCode: numbers('exit_code'),
    durationUs: numbers('duration_us'),
    user: texts('user_name'),
    uid: numbers('uid'),
    loginUser: texts('login_user'),
    loginUid: numbers('login_uid'),
    tty: texts('tty'),
    sourceIp: texts('source_ip'),
    interactive: row['interactive'] === 2 ? null : row['interactive'] === 1,
    hidden: row['hidden'] === '' ? null : (row['hidden'] as StoredCommand['hidden']),
    redactions: row['redactions'] === '' ? [] : storedCommandSchema.shape.redactions.parse(JSON.parse(String(row['redactions']))),
    cause: row['cause'] === '' ? null : (row['cause'] as StoredCommand['cause']),
    detail: texts('detail'),
    missing: numbers('missing'),
    previousHash: String(row['previous_hash']),
    hash: String(row['hash']),
    source: row['source'] as StoredCommand['source'],
    receivedAt: Number(row['received_at']),
  };
}
