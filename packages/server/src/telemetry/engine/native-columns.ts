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

/**
 * Reads an answer of ClickHouse in the format Native: blocks, of which each has its columns one after the other. Knows String,
 * unsigned integers, and arrays of these. Throws on anything else, and on an answer that was cut.
 */
export function readNative(answer: Buffer): Columns {
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
        add(texts, name, Array.from({ length: rowCount }, source.text));
      } else if (element !== undefined) {
        const ends = source.run(ENDS, rowCount);
        add(lists, name, { ends, values: source.run(element, doublesOf(answer, [ends]).at(-1) ?? 0) });
      } else {
        add(numbers, name, source.run(type, rowCount));
      }
    }
    rows += rowCount;
  }
  return {
    rows,
    numbers: (name) => doublesOf(answer, partsOf(numbers, name, rows)),
    texts: (name) => partsOf(texts, name, rows).flat(),
    lists: (name) => {
      const parts = partsOf(lists, name, rows);
      const ends = doublesOf(
        answer,
        parts.map((part) => part.ends),
      );
      let [at, before] = [0, 0];
      for (const part of parts) {
        for (const last = at + part.ends.count; at < last; at += 1) ends[at] = (ends[at] ?? 0) + before;
        before += part.values.count;
      }
      return {
        ends,
        values: doublesOf(
          answer,
          parts.map((part) => part.values),
        ),
      };
    },
  };
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
      const byte = answer.readUInt8(take(1));
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  return {
    isAtEnd: (): boolean => at === answer.length,
    varint,
    text: (): string => {
      const bytes = varint();
      const from = take(bytes);
      return answer.toString('utf8', from, from + bytes);
    },
    run: (type: string, count: number): Run => {
      const known = TYPES[type];
      if (known === undefined) throw new TypeError(`a column of type ${type} is not read here`);
      return { type: known, from: take(known.bytes * count), count };
    },
  };
}

/** The numbers of all runs, one after the other. */
function doublesOf(answer: Buffer, runs: readonly Run[]): Float64Array {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  const doubles = new Float64Array(runs.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  for (const { type, from, count } of runs) {
    type.read(view, from, count, doubles, at);
    at += count;
  }
  return doubles;
}
