import type { ProofLine } from './audit.ts';
import { spreadsheetText } from './spreadsheet-text.ts';

/** What a table of records shows to people, in this order. */
export const READABLE_COLUMNS = [
  'at',
  'host',
  'user',
  'loginUser',
  'tty',
  'sourceIp',
  'shell',
  'cwd',
  'kind',
  'text',
  'exitCode',
  'durationUs',
  'hidden',
  'cause',
  'detail',
  'sessionId',
] as const;

/**
 * The proof as a table that a spreadsheet opens. The columns before `proof` are for people; `proof` is the line of the proof to the
 * last byte, and what it proves. A line longer than a cell may be goes on in the cells behind it, each of which begins with `~`.
 */
export const PROOF_COLUMNS = ['row', ...READABLE_COLUMNS, 'record', 'proof'] as const;

/** A cell of a spreadsheet holds 32,767 characters. */
const CELL_CHARACTERS = 32_000;
const CONTINUED = '~';
const SHOWN = PROOF_COLUMNS.length - 1;

/** The cells of a line, as they stand in the file. `names`: those of the header. */
export function proofCells(line: ProofLine, names: Readonly<Record<string, string>>): readonly string[] {
  return [...shownCells(line, names), ...splitCell(JSON.stringify(line))];
}

/** What a row holds: the text of its line; or what is wrong with it. */
export function readProofCells(cells: readonly string[]): { readonly text: string } | { readonly wrong: string } {
  const [first = '', ...more] = cells.slice(SHOWN);
  const rest = more.filter((cell) => cell !== '');
  if (first === '') return { wrong: 'has no proof' };
  if (rest.some((cell) => !cell.startsWith(CONTINUED))) return { wrong: 'has cells behind its proof' };
  return { text: first + rest.map((cell) => cell.slice(CONTINUED.length)).join('') };
}

/** The name of a column that does not say what the line says; null: all do. */
export function wrongColumn(cells: readonly string[], line: ProofLine, names: Readonly<Record<string, string>>): string | null {
  const index = shownCells(line, names).findIndex((cell, at) => cell !== (cells[at] ?? ''));
  return index === -1 ? null : (PROOF_COLUMNS[index] ?? null);
}

function shownCells(line: ProofLine, names: Readonly<Record<string, string>>): readonly string[] {
  if (line.kind !== 'record') {
    const number = line.kind === 'header' ? '' : ` ${line.kind === 'removal' ? line.removal.number : line.checkpoint.number}`;
    return [`${line.kind}${number}`, ...Array.from({ length: SHOWN - 1 }, () => '')];
  }
  const { record, found } = line;
  const text = record.text ?? (record.textBase64 === null ? '' : `base64:${record.textBase64}`);
  const cells = [
    found === false ? 'link' : 'record',
    new Date(record.at / 1_000).toISOString(),
    names[record.hostId] ?? record.hostId,
    record.user,
    record.loginUser,
    record.tty,
    record.sourceIp,
    record.shell,
    record.cwd,
    record.kind,
    text.length > CELL_CHARACTERS ? `${text.slice(0, CELL_CHARACTERS).toWellFormed()}…` : text,
    record.exitCode,
    record.durationUs,
    record.hidden,
    record.cause,
    record.detail,
    record.sessionId,
    `${record.hostId}:${record.epoch}:${record.sequence}`,
  ];
  // What is not well-formed cannot be written as UTF-8; the proof has it escaped.
  return cells.map((cell) => spreadsheetText(String(cell ?? '').toWellFormed()));
}

function splitCell(text: string): readonly string[] {
  const cells: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + CELL_CHARACTERS);
    // Both halves of a character stay together.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    cells.push(`${start === 0 ? '' : CONTINUED}${text.slice(start, end)}`);
    start = end;
  }
  return cells;
}
