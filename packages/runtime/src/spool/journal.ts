import { crc32 } from 'node:zlib';
import type { Disk, DiskFile } from './disk.ts';
import type { GapLedger } from './gap-ledger.ts';
import type { SequenceSet } from './sequence-set.ts';

/**
 * What became of the records: a file of lines, `<CRC-32 of the rest, hex> <JSON array>`:
 * `["epoch", e]`, `["settled", first, last]`, `["gap", first, last, fromAt, toAt, reason]`, `["confirmed", first, last, toAt, reason]`.
 * A line that does not fit its CRC is left out: then something is delivered once more, which the server recognises.
 */
export type JournalEntry =
  | readonly ['settled', first: number, last: number]
  | readonly ['gap', first: number, last: number, fromAt: number, toAt: number, reason: string]
  | readonly ['confirmed', first: number, last: number, toAt: number, reason: string];

export type Journal = {
  /** Writes entries; with `durable` they are synced. Never rejects: what failed is written with the next call. */
  readonly write: (entries: readonly JournalEntry[], durable: boolean) => Promise<void>;
  /** Writes what failed before, if anything did. Never rejects. */
  readonly catchUp: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const NAME = 'journal.log';
const TEMPORARY_NAME = 'journal.new';
/** Over it the journal is written anew with what still counts. */
const MOST_BYTES = 256 * 1024;
const MOST_BYTES_READ = 16 * 1024 * 1024;

/** Reads the journal of an epoch into the set and the ledger. Gives the number of lines that were damaged. */
export async function readJournal(disk: Disk, epoch: number, settled: SequenceSet, gaps: GapLedger): Promise<number> {
  if (!(await disk.list()).includes(NAME)) return 0;
  const file = await disk.open(NAME, false);
  let text: string;
  try {
    const bytes = Buffer.alloc(Math.min(await file.size(), MOST_BYTES_READ));
    text = bytes.subarray(0, await file.read(bytes, 0)).toString('utf8');
  } finally {
    await file.close();
  }
  let damaged = 0;
  let isOwn = false;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const entry = parseLine(line);
    if (entry === null) damaged += 1;
    else if (entry[0] === 'epoch') isOwn = entry[1] === epoch;
    else if (isOwn) apply(entry, epoch, settled, gaps);
  }
  return damaged;
}

function apply(entry: readonly unknown[], epoch: number, settled: SequenceSet, gaps: GapLedger): void {
  const [kind, first, last] = entry;
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return;
  const range = { first: first as number, last: last as number };
  if (range.first < 1 || range.last < range.first) return;
  if (kind === 'settled') settled.add(range.first, range.last);
  if (kind === 'gap') {
    const [, , , fromAt, toAt, reason] = entry;
    settled.add(range.first, range.last);
    gaps.add({ epoch, ...range, fromAt: Number(fromAt), toAt: Number(toAt), reason: String(reason) });
  }
  if (kind === 'confirmed') gaps.confirm([{ epoch, ...range, fromAt: 0, toAt: Number(entry[3]), reason: String(entry[4]) }]);
}

/** Begins a journal with what the set and the ledger hold; they are also the source when it is written anew. */
export function createJournal(disk: Disk, epoch: number, settled: SequenceSet, gaps: GapLedger): Journal {
  let file: DiskFile | null = null;
  let bytes = 0;
  let isBehind = false;
  let queue: Promise<void> = Promise.resolve();

  const rewrite = async (): Promise<void> => {
    await file?.close().catch(() => {});
    file = null;
    const next = await disk.open(TEMPORARY_NAME, true);
    try {
      const lines: (JournalEntry | readonly ['epoch', number])[] = [
        ['epoch', epoch],
        ...settled.ranges().map(([first, last]) => ['settled', first, last] as const),
        ...gaps.all().map((gap) => ['gap', gap.first, gap.last, gap.fromAt, gap.toAt, gap.reason] as const),
      ];
      const text = Buffer.from(lines.map(formatLine).join(''));
      await next.write(text, 0);
      await next.sync();
      await disk.rename(TEMPORARY_NAME, NAME);
      await disk.syncDirectory();
      file = next;
      bytes = text.length;
      isBehind = false;
    } catch (error) {
      await next.close().catch(() => {});
      throw error;
    }
  };

  const append = async (entries: readonly JournalEntry[], durable: boolean): Promise<void> => {
    try {
      if (file === null || bytes > MOST_BYTES) {
        await rewrite();
        return;
      }
      const text = Buffer.from(entries.map(formatLine).join(''));
      await file.write(text, bytes);
      bytes += text.length;
      if (durable) await file.sync();
    } catch {
      isBehind = true;
      await file?.close().catch(() => {});
      file = null;
    }
  };

  return {
    write: (entries, durable) => {
      queue = queue.then(() => append(entries, durable));
      return queue;
    },
    catchUp: () => {
      if (isBehind) queue = queue.then(() => append([], true));
      return queue;
    },
    close: async () => {
      if (isBehind) queue = queue.then(() => append([], true));
      await queue;
      await file?.close().catch(() => {});
      file = null;
    },
  };
}

function formatLine(entry: readonly unknown[]): string {
  const json = JSON.stringify(entry);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function parseLine(line: string): readonly unknown[] | null {
  const json = line.slice(9);
  if (line[8] !== ' ' || crc32(json).toString(16).padStart(8, '0') !== line.slice(0, 8)) return null;
  return JSON.parse(json) as readonly unknown[];
}
