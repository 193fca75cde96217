import { expect, test } from 'vitest';
import { parsePiece } from './parse-records.ts';

const MAGIC = '\x1eWP1';
const begin = (sequence: number, text: string): string => [MAGIC, 'B', sequence, 1_000, 'h', '/home', '', text, ''].join('\0');
const end = (sequence: number): string => [MAGIC, 'E', sequence, 2_000, sequence - 1, 0, '0', ''].join('\0');

/** All pieces: the texts and numbers of records, or how many bytes are none. */
function piecesOf(written: string): readonly unknown[] {
  const buffer = Buffer.from(written, 'latin1');
  const pieces: unknown[] = [];
  for (let at = 0, piece = parsePiece(buffer, at); piece !== null; piece = parsePiece(buffer, at)) {
    if ('refused' in piece) pieces.push(`${piece.refused} ${piece.bytes}`);
    else pieces.push(piece.record.kind === 'B' ? piece.record.text.toString('latin1') : piece.record.sequence);
    at = piece.end;
  }
  return pieces;
}

test('a record that was cut off at any byte takes no other record with it', () => {
  const whole = begin(2, 'echo one');
  for (let length = 1; length < whole.length; length++) {
    const pieces = piecesOf(whole.slice(0, length) + begin(4, 'echo two') + end(5));
    expect(pieces.slice(-2)).toEqual(['echo two', 5]);
    // What was cut off is told of, and never passes for a command; but the last byte alone holds nothing.
    expect(pieces.slice(0, -2)).toEqual([`not-a-record ${length}`]);
  }
});

test('what is typed may look like the begin of a record', () => {
  for (const text of [`echo ${MAGIC}`, `${MAGIC}B`, `echo ${MAGIC}B${MAGIC}`]) {
    expect(piecesOf(begin(2, text) + end(3) + begin(4, text))).toEqual([text, 3, text]);
  }
});

test('a time that is a sum, as fish writes it, is added up; anything else is no record', () => {
  const timeOf = (time: string): unknown => {
    const piece = parsePiece(Buffer.from([MAGIC, 'E', 3, time, 2, 0, '0', ''].join('\0'), 'latin1'), 0);
    return piece !== null && 'record' in piece && piece.record.kind === 'E' ? piece.record.at : null;
  };
  expect(timeOf('1764000000123456')).toBe(1_764_000_000_123_456);
  expect(timeOf('1764000000123456+12.34')).toBe(1_764_000_012_463_456);
  expect(timeOf('1764000000123456+12.34+05')).toBe(1_764_000_012_468_456);
  for (const time of ['', '+1.00', '1+', '1+2', '1+2.3', '1+2.34+', '1+2.34+5+6', '-1', '1e3', '9999999999999999+1.00']) {
    expect(timeOf(time)).toBe(null);
  }
});
