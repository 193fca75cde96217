/** Lists of numbers, one for each row: list i ends before `ends[i]` in `values`, and begins where the one before it ends. */
export type NumberLists = { readonly ends: Float64Array; readonly values: Float64Array };

/** Columns of an answer by name. Each method throws when there is no such column of its kind. */
export type Columns = {
  readonly rows: number;
  /** Of 64-bit integers what a double can hold. */
  readonly numbers: (name: string) => Float64Array;
  readonly texts: (name: string) => readonly string[];
  readonly lists: (name: string) => NumberLists;
};

/** Numbers of one type that lie one after the other. */
type Run = { readonly type: NumberType; readonly from: number; readonly count: number };

/** How a type lies in memory. A loop for each: called for every number, a reader would take longer than all the rest. */
type NumberType = {
  readonly bytes: number;
  readonly read: (view: DataView, from: number, count: number, into: Float64Array, at: number) => void;
};

const TYPES: Readonly<Record<string, NumberType>> = {
  UInt8: {
    bytes: 1,
    read: (view, from, count, into, at) => {
      for (let index = 0; index < count; index += 1) into[at + index] = view.getUint8(from + index);
    },
  },
  UInt16: {
    bytes: 2,
    read: (view, from, count, into, at) => {
      for (let index = 0; index < count; index += 1) into[at + index] = view.getUint16(from + index * 2, true);
    },
  },
  UInt32: {
    bytes: 4,
    read: (view, from, count, into, at) => {
      for (let index = 0; index < count; index += 1) into[at + index] = view.getUint32(from + index * 4, true);
    },
  },
  UInt64: {
    bytes: 8,
    read: (view, from, count, into, at) => {
      for (let index = 0; index < count; index += 1) {
        const byte = from + index * 8;
        into[at + index] = view.getUint32(byte, true) + view.getUint32(byte + 4, true) * HIGH_WORD;
      }
    },
  },
};
const ENDS = 'UInt64';
const ARRAY = /^Array\((.*)\)$/;
const HIGH_WORD = 2 ** 32;

/** Memory that answers take in turns: fresh memory for each costs more than to read what lies in it. Of larger ones the rest is fresh. */
const KEPT_BYTES = 4 * 1024 * 1024;
const kept = { answer: Buffer.allocUnsafeSlow(KEPT_BYTES), doubles: new Float64Array(KEPT_BYTES / 8) };

/**
 * Reads an answer of ClickHouse in the format Native: blocks, of which each has its columns one after the other. Knows String,
 * unsigned integers, and arrays of these. `read` takes what it needs: numbers are there only until it returns. Throws on any
 * other type, and on an answer that was cut.
 */
export function readNative<Value>(chunks: readonly Uint8Array[], read: (columns: Columns) => Value): Value {
  const answer = joined(chunks);
  const doubles = openDoubles(answer);
  const numbers = new Map<string, Run[]>();
  const texts = new Map<string, (readonly string[])[]>();
  const lists = new Map<string, { readonly ends: Run; readonly values: Run }[]>();
  const source = openSource(answer);
  let rows = 0;
  while (!source.isAtEnd()) {
    const [columnCount, rowCount] = [source.varint(), source.varint()];
    for (let index = 0; index < columnCount; index += 1) {
      const [name, type] = [source.text(), source.text()];
      const element = ARRAY.exec(type)?.[1];
      if (type === 'String') {
        add(texts, name, source.texts(rowCount));
      } else if (element !== undefined) {
        const ends = source.run(ENDS, rowCount);
        add(lists, name, { ends, values: source.run(element, doubles.lastOf(ends)) });
      } else {
        add(numbers, name, source.run(type, rowCount));
      }
    }
    rows += rowCount;
  }
  return read({
    rows,
    numbers: (name) => doubles.of(partsOf(numbers, name, rows)),
    texts: (name) => partsOf(texts, name, rows).flat(),
    lists: (name) => {
      const parts = partsOf(lists, name, rows);
      const ends = doubles.of(parts.map((part) => part.ends));
      let [at, before] = [0, 0];
      for (const part of parts) {
        for (const last = at + part.ends.count; at < last; at += 1) ends[at] = (ends[at] ?? 0) + before;
        before += part.values.count;
      }
      return { ends, values: doubles.of(parts.map((part) => part.values)) };
    },
  });
}

function joined(chunks: readonly Uint8Array[]): Buffer {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (bytes > KEPT_BYTES) return Buffer.concat(chunks, bytes);
  let at = 0;
  for (const chunk of chunks) {
    kept.answer.set(chunk, at);
    at += chunk.length;
  }
  return kept.answer.subarray(0, bytes);
}

function add<Part>(columns: Map<string, Part[]>, name: string, part: Part): void {
  const parts = columns.get(name);
  if (parts === undefined) columns.set(name, [part]);
  else parts.push(part);
}

/** An answer without rows need not name its columns. */
function partsOf<Part>(columns: ReadonlyMap<string, readonly Part[]>, name: string, rows: number): readonly Part[] {
  const parts = columns.get(name);
  if (parts === undefined && rows > 0) throw new TypeError(`the answer of the storage engine has no such column: ${name}`);
  return parts ?? [];
}

function openSource(answer: Buffer) {
  let at = 0;
  const take = (bytes: number): number => {
    const from = at;
    at += bytes;
    if (at > answer.length) throw new RangeError('the answer of the storage engine was cut');
    return from;
  };
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 0x80) {
      const byte = answer[take(1)] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const isSame = (a: number, b: number, bytes: number): boolean => {
    for (let index = 0; index < bytes; index += 1) if (answer[a + index] !== answer[b + index]) return false;
    return true;
  };
  return {
    isAtEnd: (): boolean => at === answer.length,
    varint,
    text: (): string => {
      const bytes = varint();
      const from = take(bytes);
      return answer.toString('utf8', from, from + bytes);
    },
    /** Rows of a line lie together: their name is made once. */
    texts: (count: number): readonly string[] => {
      const texts: string[] = [];
      let before = { from: 0, bytes: 0, text: '' };
      for (let row = 0; row < count; row += 1) {
        const bytes = varint();
        const from = take(bytes);
        if (bytes !== before.bytes || !isSame(from, before.from, bytes)) {
          before = { from, bytes, text: answer.toString('utf8', from, from + bytes) };
        }
        texts.push(before.text);
      }
      return texts;
    },
    run: (type: string, count: number): Run => {
      const known = TYPES[type];
      if (known === undefined) throw new TypeError(`a column of type ${type} is not read here`);
      return { type: known, from: take(known.bytes * count), count };
    },
  };
}

function openDoubles(answer: Buffer) {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  let taken = 0;
  const room = (count: number): Float64Array => {
    if (taken + count > kept.doubles.length) return new Float64Array(count);
    taken += count;
    return kept.doubles.subarray(taken - count, taken);
  };
  return {
    /** The numbers of all runs, one after the other. */
    of: (runs: readonly Run[]): Float64Array => {
      const doubles = room(runs.reduce((sum, { count }) => sum + count, 0));
      let at = 0;
      for (const { type, from, count } of runs) {
        type.read(view, from, count, doubles, at);
        at += count;
      }
      return doubles;
    },
    /** 0 of an empty run. */
    lastOf: ({ type, from, count }: Run): number => {
      if (count === 0) return 0;
      const last = room(1);
      type.read(view, from + (count - 1) * type.bytes, 1, last, 0);
      return last[0] ?? 0;
    },
  };
}
