import type { ResultColumn } from './result-columns.ts';

/** A value for each column, in their order. */
export type Row = readonly (string | number)[];

const MAX_CACHED_STRINGS = 20_000;
const MAX_CACHED_LENGTH = 256;

/** Writes rows as ClickHouse's RowBinary. One encoder serves one set of columns; it is not re-entrant. */
export function createRowBinaryEncoder(columns: readonly ResultColumn[]): (rows: readonly Row[]) => Buffer {
  const wires = columns.map((column) => column.wire);
  /** Most strings come again and again: their bytes with the length before them. */
  const strings = new Map<string, Buffer>();
  let buffer = Buffer.allocUnsafe(1 << 20);
  let at = 0;

  const ensure = (bytes: number): void => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  const stringBytes = (value: string): Buffer => {
    const cached = strings.get(value);
    if (cached !== undefined) return cached;
    const text = Buffer.from(value, 'utf8');
    const bytes = Buffer.concat([lengthPrefix(text.length), text]);
    if (value.length <= MAX_CACHED_LENGTH) {
      if (strings.size >= MAX_CACHED_STRINGS) strings.clear();
      strings.set(value, bytes);
    }
    return bytes;
  };

  return (rows) => {
    at = 0;
    for (const row of rows) {
      ensure(wires.length * 8);
      for (let index = 0; index < wires.length; index += 1) {
        const value = row[index] ?? 0;
        if (typeof value === 'string') {
          if (value === '') {
            ensure(1);
            buffer[at] = 0;
            at += 1;
            continue;
          }
          const bytes = stringBytes(value);
          ensure(bytes.length + (wires.length - index) * 8);
          buffer.set(bytes, at);
          at += bytes.length;
          continue;
        }
        switch (wires[index]) {
          case 'u8':
            buffer[at] = value;
            at += 1;
            break;
          case 'u16':
            at = buffer.writeUInt16LE(value, at);
            break;
          case 'u32':
            at = buffer.writeUInt32LE(value, at);
            break;
          case 'f64':
            at = buffer.writeDoubleLE(value, at);
            break;
          default: {
            const high = Math.floor(value / 4_294_967_296);
            at = buffer.writeUInt32LE(value - high * 4_294_967_296, at);
            at = buffer.writeInt32LE(high, at);
          }
        }
      }
    }
    return Buffer.from(buffer.subarray(0, at));
  };
}

/** LEB128, as RowBinary writes lengths. */
function lengthPrefix(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  while (rest >= 128) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
