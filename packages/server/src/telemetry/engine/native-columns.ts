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

/** How the types that are read here lie in memory. */
const NUMBERS: Readonly<Record<string, { readonly bytes: number; readonly read: (bytes: ArrayBuffer) => Float64Array }>> = {
  UInt8: { bytes: 1, read: (bytes) => new Float64Array(new Uint8Array(bytes)) },
  UInt16: { bytes: 2, read: (bytes) => new Float64Array(new Uint16Array(bytes)) },
  UInt32: { bytes: 4, read: (bytes) => new Float64Array(new Uint32Array(bytes)) },
  UInt64: { bytes: 8, read: (bytes) => doublesOf(new Uint32Array(bytes)) },
};
const HIGH_WORD = 2 ** 32;
const ARRAY = /^Array\((.*)\)$/;

/**
 * Reads an answer of ClickHouse in the format Native: blocks, of which each has its columns one after the other. Knows String,
 * unsigned integers, and arrays of these. Throws on anything else, and on an answer that was cut.
 */
export function readNative(answer: Buffer): Columns {
  const numbers = new Map<string, Float64Array[]>();
  const texts = new Map<string, (readonly string[])[]>();
  const lists = new Map<string, NumberLists[]>();
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
        const ends = source.numbers('UInt64', rowCount);
        add(lists, name, { ends, values: source.numbers(element, ends.at(-1) ?? 0) });
      } else {
        add(numbers, name, source.numbers(type, rowCount));
      }
    }
    rows += rowCount;
  }
  return {
    rows,
    numbers: (name) => joined(partsOf(numbers, name, rows)),
    texts: (name) => partsOf(texts, name, rows).flat(),
    lists: (name) => joinedLists(partsOf(lists, name, rows)),
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
    numbers: (type: string, count: number): Float64Array => {
      const known = NUMBERS[type];
      if (known === undefined) throw new TypeError(`a column of type ${type} is not read here`);
      const from = answer.byteOffset + take(known.bytes * count);
      return known.read(answer.buffer.slice(from, from + known.bytes * count) as ArrayBuffer);
    },
  };
}

function doublesOf(words: Uint32Array): Float64Array {
  const doubles = new Float64Array(words.length / 2);
  for (let index = 0; index < doubles.length; index += 1) {
    doubles[index] = (words[2 * index] ?? 0) + (words[2 * index + 1] ?? 0) * HIGH_WORD;
  }
  return doubles;
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function joinedLists(parts: readonly NumberLists[]): NumberLists {
  let before = 0;
  const ends = parts.map((part) => {
    const from = before;
    before += part.values.length;
    return part.ends.map((end) => end + from);
  });
  return { ends: joined(ends), values: joined(parts.map(({ values }) => values)) };
}
