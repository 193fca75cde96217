import type { ResultColumn } from './result-columns.ts';

/** A value for each column, in their order. */
export type Row = readonly (string | number)[];

const MAX_CACHED_STRINGS = 20_000;
const MAX_CACHED_LENGTH = 256;
/** Of a length in front of a string. */
const MAX_LENGTH_BYTES = 5;

/** Writes rows one after the other. What is not taken stays for the next one. */
export type RowBinaryWriter = {
  /** Gives where the row ends, bytes from the first one on. */
  readonly write: (row: Row) => number;
  /** All rows since the last time, in a buffer of their own. */
  readonly take: () => Buffer;
};

/** Writes rows as ClickHouse's RowBinary. One writer serves one set of columns; who begins with rows takes them before others begin. */
export function createRowBinaryWriter(columns: readonly ResultColumn[]): RowBinaryWriter {
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
    const prefix = Buffer.alloc(MAX_LENGTH_BYTES);
    const bytes = Buffer.concat([prefix.subarray(0, writeLength(prefix, text.length, 0)), text]);
    if (value.length <= MAX_CACHED_LENGTH) {
      if (strings.size >= MAX_CACHED_STRINGS) strings.clear();
      strings.set(value, bytes);
    }
    return bytes;
  };

  /** For strings that seldom come again: to remember them costs more than it saves. */
  const writeText = (value: string, columnsLeft: number): void => {
    const length = Buffer.byteLength(value);
    ensure(MAX_LENGTH_BYTES + length + columnsLeft * 8);
    at = writeLength(buffer, length, at);
    at += buffer.write(value, at, length, 'utf8');
  };

  return {
    write(row) {
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
          if (wires[index] === 'text') {
            writeText(value, wires.length - index);
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
          default:
            at = writeInt64(buffer, value, at);
        }
      }
      return at;
    },
    take() {
      const rows = Buffer.from(buffer.subarray(0, at));
      at = 0;
      return rows;
    },
  };
}

/** As {@link createRowBinaryWriter}, all rows at once. */
export function createRowBinaryEncoder(columns: readonly ResultColumn[]): (rows: readonly Row[]) => Buffer {
  const writer = createRowBinaryWriter(columns);
  return (rows) => {
    for (const row of rows) writer.write(row);
    return writer.take();
  };
}

/** A whole number that a double holds exactly. Gives where it ends. */
export function writeInt64(buffer: Buffer, value: number, at: number): number {
  const high = Math.floor(value / 4_294_967_296);
  buffer.writeUInt32LE(value - high * 4_294_967_296, at);
  return buffer.writeInt32LE(high, at + 4);
}

/** LEB128, as RowBinary writes lengths. Gives where it ends. */
function writeLength(buffer: Buffer, length: number, at: number): number {
  let end = at;
  let rest = length;
  while (rest >= 128) {
    buffer[end++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  buffer[end++] = rest;
  return end;
}
