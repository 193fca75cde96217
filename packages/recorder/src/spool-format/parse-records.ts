import type { ShellHeader, ShellRecord } from './shell-record.ts';

const MAGIC = Buffer.from('\x1eWP1\0', 'latin1');
/** Fields after the magic, the kind among them. */
const FIELD_COUNTS: Readonly<Record<string, number>> = { S: 19, B: 7, E: 6, D: 4, X: 5 };
/** A record that has not ended after so many bytes never will. */
export const RECORD_BYTES = 16 * 1024 * 1024;
/** The kernel's "not set". */
const UNSET = 4_294_967_295;

/** A piece of a spool file: a record, or bytes which are none. `end` is the offset in the buffer after it. */
export type Piece =
  | { readonly record: ShellRecord; readonly end: number }
  | { readonly refused: 'not-a-record' | 'too-large'; readonly bytes: number; readonly end: number };

/**
 * Reads the record that begins at `start`. Null: it is not complete yet. Bytes up to the next magic that are no record
 * come as one piece.
 */
export function parsePiece(buffer: Buffer, start: number): Piece | null {
  if (start >= buffer.length) return null;
  if (!startsWithMagic(buffer, start)) return skip(buffer, start);
  if (buffer.length < start + MAGIC.length) return null;
  const kindEnd = buffer.indexOf(0, start + MAGIC.length);
  if (kindEnd === -1) return unfinished(buffer, start, 8);
  const kind = buffer.toString('latin1', start + MAGIC.length, Math.min(kindEnd, start + MAGIC.length + 2));
  const fieldCount = FIELD_COUNTS[kind];
  if (fieldCount === undefined) return skip(buffer, start);
  const fields: Buffer[] = [];
  let at = kindEnd + 1;
  while (fields.length < fieldCount - 1) {
    const end = buffer.indexOf(0, at);
    if (end === -1) return unfinished(buffer, start, RECORD_BYTES);
    if (isTorn(buffer, at, end)) return { refused: 'not-a-record', bytes: end - 4 - start, end: end - 4 };
    fields.push(buffer.subarray(at, end));
    at = end + 1;
    if (at - start > RECORD_BYTES) return { refused: 'too-large', bytes: at - start, end: at };
  }
  const record = readFields(kind, fields);
  return record === null ? skip(buffer, start) : { record, end: at };
}

/**
 * The field is the rest of a record that a full disk cut off, with the begin of the next one: it ends as the magic does, and
 * the letter of a kind follows. What is typed can end so too, but then no such letter can follow.
 */
function isTorn(buffer: Buffer, at: number, end: number): boolean {
  const magic = end - MAGIC.length + 1;
  if (magic < at || buffer[magic] !== MAGIC[0] || !startsWithMagic(buffer, magic)) return false;
  return buffer[end + 2] === 0 && FIELD_COUNTS[String.fromCharCode(buffer[end + 1] ?? 0)] !== undefined;
}

function startsWithMagic(buffer: Buffer, start: number): boolean {
  const length = Math.min(MAGIC.length, buffer.length - start);
  return buffer.compare(MAGIC, 0, length, start, start + length) === 0;
}

function unfinished(buffer: Buffer, start: number, most: number): Piece | null {
  const bytes = buffer.length - start;
  return bytes > most ? { refused: 'too-large', bytes, end: buffer.length } : null;
}

/** All up to the next magic; what may be the begin of one at the end of the buffer is left. */
function skip(buffer: Buffer, start: number): Piece | null {
  let next = buffer.indexOf(MAGIC, start + 1);
  if (next === -1) {
    next = buffer.length;
    const tail = buffer.lastIndexOf(MAGIC[0] ?? 0);
    if (tail > start && buffer.length - tail < MAGIC.length && startsWithMagic(buffer, tail)) next = tail;
  }
  return { refused: 'not-a-record', bytes: next - start, end: next };
}

function readFields(kind: string, fields: readonly Buffer[]): ShellRecord | null {
  const text = (index: number): string => fields[index]?.toString('utf8') ?? '';
  const bytes = (index: number): Buffer => Buffer.from(fields[index] ?? '');
  const number = (index: number): number => (/^\d{1,16}$/.test(text(index)) ? Number(text(index)) : Number.NaN);
  const status = (index: number): number | null => (/^-?\d{1,9}$/.test(text(index)) ? Number(text(index)) : null);
  const sequence = number(0);
  if (!Number.isSafeInteger(sequence) || sequence < 1) return null;
  if (kind === 'D') {
    const startOf = number(1);
    return Number.isNaN(startOf) ? null : { kind, sequence, startOf, text: bytes(2) };
  }
  const at = timeOf(text(1));
  if (!Number.isSafeInteger(at)) return null;
  switch (kind) {
    case 'S': {
      const shell = readHeader(text);
      return shell === null ? null : { kind, sequence, at, shell };
    }
    case 'B': {
      const source = text(2);
      return { kind, sequence, at, source, cwd: bytes(3), hidden: text(4), text: typedText(source, bytes(5)) };
    }
    case 'E': {
      const startOf = number(2);
      return Number.isNaN(startOf) ? null : { kind, sequence, at, startOf, status: status(3), pipeStatus: text(4) };
    }
    case 'X': {
      const startOf = number(2);
      return { kind, sequence, at, startOf: Number.isNaN(startOf) ? null : startOf, status: status(3) };
    }
    default:
      return null;
  }
}

/** Microseconds; fish, which cannot add without waiting for it, writes a sum: `microseconds+seconds.hundredths+milliseconds`. */
function timeOf(text: string): number {
  const [, us, seconds = 0, hundredths = 0, ms = 0] = /^(\d{1,16})(?:\+(\d{1,9})\.(\d\d)(?:\+(\d{1,11}))?)?$/.exec(text) ?? [];
  return us === undefined
    ? Number.NaN
    : Number(us) + Number(seconds) * 1_000_000 + Number(hundredths) * 10_000 + Number(ms) * 1_000;
}

/** What was typed, out of a line as bash's `history 1` prints it. */
function typedText(source: string, bytes: Buffer): Buffer {
  if (source !== 'r' && source !== 'R') return bytes;
  const end = bytes.at(-1) === 0x0a ? bytes.length - 1 : bytes.length;
  if (source === 'R') return bytes.subarray(bytes.indexOf(0x1f) + 1, end);
  let at = 0;
  while (bytes[at] === 0x20) at += 1;
  while (isDigit(bytes[at])) at += 1;
  return bytes.subarray(at + 2, end);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function readHeader(text: (index: number) => string): ShellHeader | null {
  const number = (index: number): number => (/^\d{1,10}$/.test(text(index)) ? Number(text(index)) : Number.NaN);
  const optional = (index: number): number | null => {
    const value = number(index);
    return Number.isNaN(value) || value === UNSET ? null : value;
  };
  const mode = text(17);
  const header: ShellHeader = {
    name: text(2),
    version: text(3),
    pid: number(4),
    ppid: number(5),
    uid: number(6),
    euid: number(7),
    loginUid: optional(8),
    auditSession: optional(9),
    ttyNumber: number(10),
    startTicks: text(11),
    bootId: text(12),
    host: text(13),
    sshConnection: text(14),
    level: optional(15) ?? 0,
    cwd: text(16),
    mode: mode === 'l' || mode === 'c' ? mode : 'i',
  };
  const isWhole = [header.pid, header.uid, header.euid].every(Number.isSafeInteger) && /^\d{1,20}$/.test(header.startTicks);
  return isWhole ? header : null;
}
