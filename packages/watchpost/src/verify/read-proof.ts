import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ProofLine } from '@watchpost/contracts/api/audit';
import { PROOF_COLUMNS, readProofCells, wrongColumn } from '@watchpost/contracts/api/proof-csv';
import { csvRows } from './csv-rows.ts';

/** A proof as `verifyProof` takes it. */
export type ReadProof = {
  readonly lines: AsyncIterable<string>;
  /** What is wrong with the line that was read last, beside what it proves; null: nothing is. */
  readonly wrongOf: (line: ProofLine) => string | null;
};

/** Reads a proof as lines of JSON or as a table: a file of JSON begins with `{`. */
export async function readProof(source: AsyncIterable<Buffer>): Promise<ReadProof> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  async function* whole(): AsyncGenerator<Buffer> {
    for (let each = first; each.done !== true; each = await chunks.next()) yield each.value;
  }
  if (first.done === true || first.value[0] === 0x7b) {
    const lines = createInterface({ input: Readable.from(whole()), crlfDelay: Number.POSITIVE_INFINITY });
    return { lines, wrongOf: () => null };
  }
  return readTable(decoded(whole()));
}

function readTable(text: AsyncIterable<string>): ReadProof {
  let cells: readonly string[] = [];
  let names: Readonly<Record<string, string>> = {};
  async function* lines(): AsyncGenerator<string> {
    let isNamed = false;
    for await (const row of csvRows(text)) {
      cells = row;
      if (!isNamed) {
        isNamed = PROOF_COLUMNS.every((name, index) => row[index] === name);
        yield isNamed ? '' : 'has not the columns of a proof';
        continue;
      }
      if (row.every((cell) => cell === '')) {
        yield '';
        continue;
      }
      const read = readProofCells(row);
      yield 'text' in read ? read.text : read.wrong;
    }
  }
  return {
    lines: lines(),
    wrongOf(line) {
      if (line.kind === 'header') ({ names } = line);
      const column = wrongColumn(cells, line, names);
      return column === null ? null : `was changed in the column ${column}: it does not say what its proof says`;
    },
  };
}

async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  // The mark at the beginning is left to the reader of the rows.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
