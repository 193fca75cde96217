import { hash as hashOf } from 'node:crypto';
import type { BatchAnswer } from '@watchpost/contracts/agents/agent-wire';
import type { StoredCommand } from '@watchpost/contracts/api/audit';
import { canonicalCommand, type Command, commandSchema } from '@watchpost/contracts/commands/command';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { ChainBreak } from '../catalog/chain-store.ts';
import type { BatchDoor } from '../ingest/batch-door.ts';
import type { BatchRange } from '../ingest/batch-header.ts';
import { lineRanges } from '../ingest/read-records.ts';
import type { CommandRows, CommandStore } from '../telemetry/command-store.ts';
import type { ChainLedger } from './chain-ledger.ts';

const REFUSED_SHOWN = 100;
/** A record may be this far ahead of the server's clock. */
const FUTURE_LIMIT_US = 24 * 3_600_000_000;
/** Repeated records whose hash is compared with what is stored. */
const REPEATS_COMPARED = 2_000;

export type CommandIngest = {
  /** Reads, verifies and stores a batch of a host's recorder. Resolves after the durable write. */
  readonly takeBatch: (batch: {
    readonly hostId: string;
    readonly range: BatchRange;
    readonly body: Buffer;
    readonly encoding: string | undefined;
  }) => Promise<BatchAnswer>;
};

/** A record that holds: its place in the chain, its row, and where its line lies in the body. */
type Verified = {
  readonly sequence: number;
  readonly hash: string;
  readonly previousHash: string;
  readonly index: number;
  readonly start: number;
  readonly end: number;
};
type Read = {
  /** In the order of the chain. */
  readonly records: readonly Verified[];
  readonly rows: CommandRows;
  readonly body: Buffer;
  readonly refused: BatchAnswer['refused'];
  readonly breaks: readonly ChainBreak[];
  readonly refusedCount: number;
};

/**
 * Takes commands from recorders. A record must be its host's own, lie in the batch it came in, and have the hash of its own
 * content; one that has not is refused, and stands as a break of the chain. Whether it follows from the record before it is
 * looked at when both are stored.
 */
export function createCommandIngest(parts: {
  readonly door: BatchDoor;
  readonly store: CommandStore;
  readonly ledger: ChainLedger;
  /** Called with what was stored. */
  readonly onStored: (commands: readonly StoredCommand[]) => void;
  readonly wallMs: () => number;
  readonly metrics: Metrics;
}): CommandIngest {
  const { door, store, ledger, onStored, wallMs, metrics } = parts;
  const stored = metrics.counter('ingest_commands_total', 'Commands taken from recorders, by what became of them', ['outcome']);
  const broken = metrics.counter(
    'chain_breaks_total',
    'Records that do not follow from the one before them, or are not what their hash says',
  );
  /** Batches of a host that are being stored: one that repeats something of them waits, or it were stored twice. */
  const storing = new Map<string, Set<{ readonly range: BatchRange; readonly settled: Promise<unknown> }>>();

  const takeInTurn = (hostId: string, range: BatchRange, read: Read): Promise<BatchAnswer> => {
    const others = storing.get(hostId) ?? new Set();
    storing.set(hostId, others);
    const sameRecords = [...others].filter((other) => isOverlapping(other.range, range)).map(({ settled }) => settled);
    const taken =
      sameRecords.length === 0 ? take(hostId, range, read) : Promise.all(sameRecords).then(() => take(hostId, range, read));
    const own = { range, settled: taken.catch(() => {}) };
    others.add(own);
    void own.settled.then(() => {
      others.delete(own);
      if (others.size === 0) storing.delete(hostId);
    });
    return taken;
  };

  const take = async (hostId: string, range: BatchRange, read: Read): Promise<BatchAnswer> => {
    const receivedAt = wallMs();
    const fresh = read.records.filter(({ sequence }) => !ledger.knows(hostId, range.epoch, sequence));
    const breaks = [...read.breaks];
    if (fresh.length < read.records.length) breaks.push(...(await conflicts(hostId, range.epoch, read.records)));
    if (fresh.length > 0) {
      const indexes = fresh.map(({ index }) => index).toSorted((left, right) => left - right);
      await store.insertRows(read.rows, indexes, receivedAt);
      breaks.push(...ledger.add(hostId, range.epoch, fresh));
      // Read again: kept as records, thousands of batches that wait would be most of the server's memory.
      onStored(fresh.map((each): StoredCommand => ({ ...readAgain(read.body, each), source: 'recorder', receivedAt })));
    }
    if (breaks.length > 0) {
      broken.inc(breaks.length);
      await ledger.addBreaks(breaks);
    }
    stored.inc({ outcome: 'stored' }, fresh.length);
    stored.inc({ outcome: 'repeated' }, read.records.length - fresh.length);
    if (read.refusedCount > 0) {
      stored.inc({ outcome: 'refused' }, read.refusedCount);
      metrics.dropped.inc({ reason: 'refused-record' }, read.refusedCount);
    }
    return { acknowledged: range.last, refused: read.refused, refusedCount: read.refusedCount };
  };

  /** A repeat must be what is stored. */
  const conflicts = async (hostId: string, epoch: number, records: readonly Verified[]): Promise<ChainBreak[]> => {
    const repeats = records.filter(({ sequence }) => ledger.knows(hostId, epoch, sequence)).slice(0, REPEATS_COMPARED);
    const hashes = await store.hashesOf(
      hostId,
      epoch,
      repeats.map(({ sequence }) => sequence),
    );
    return repeats
      .filter(({ sequence, hash }) => hashes.has(sequence) && hashes.get(sequence) !== hash)
      .map(({ sequence }) => ({ hostId, epoch, sequence, what: 'the record came again with another content', at: wallMs() }));
  };

  return {
    takeBatch({ hostId, range, body, encoding }) {
      return door.let(
        { agentId: hostId, body, encoding },
        (decoded) => readCommands(decoded, { hostId, range, now: wallMs() }, store.toRows),
        (read) => takeInTurn(hostId, range, read),
      );
    },
  };
}

function isOverlapping(one: BatchRange, other: BatchRange): boolean {
  return one.epoch === other.epoch && one.first <= other.last && other.first <= one.last;
}

/** A line that was verified before. */
function readAgain(body: Buffer, { start, end }: Verified): Command {
  return JSON.parse(body.toString('utf8', start, end)) as Command;
}

/** Reads the lines of a batch one by one: what is wrong is refused with field, value and rule, the rest is kept. */
export function readCommands(
  body: Buffer,
  rules: { readonly hostId: string; readonly range: BatchRange; readonly now: number },
  toRows: CommandStore['toRows'],
): Read {
  const { hostId, range, now } = rules;
  const records: Verified[] = [];
  const refused: BatchAnswer['refused'] = [];
  const breaks: ChainBreak[] = [];
  const sequences = new Set<number>();
  let lines = 0;
  let refusedCount = 0;
  const refuse = (sequence: number | null, field: string, value: unknown, rule: string): void => {
    refusedCount += 1;
    if (refused.length < REFUSED_SHOWN) refused.push({ sequence, field, value: String(value).slice(0, 200), rule });
    if (sequence !== null) breaks.push({ hostId, epoch: range.epoch, sequence, what: `refused: ${field} ${rule}`, at: now });
  };
  const rows = toRows(verified());
  const ordered = records.toSorted((left, right) => left.sequence - right.sequence);
  return { records: ordered, rows, body, refused, breaks, refusedCount };

  function* verified(): Generator<Command> {
    for (const { start, end } of lineRanges(body)) {
      const line = body.toString('utf8', start, end).trim();
      if (line === '') continue;
      lines += 1;
      if (lines > WIRE_LIMITS.batchRecords) throw new AppError('bad-batch', `more than ${WIRE_LIMITS.batchRecords} records`);
      if (line.length > WIRE_LIMITS.commandBytes) {
        refuse(null, '(whole)', `${line.length} characters`, `must be ${WIRE_LIMITS.commandBytes} bytes at most`);
        continue;
      }
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        refuse(null, '(whole)', line.slice(0, 100), 'must be JSON');
        continue;
      }
      const parsed = commandSchema.safeParse(value);
      if (!parsed.success) {
        const [issue] = fieldIssues(parsed.error, value);
        refuse(null, issue?.field ?? '(whole)', issue?.value ?? '', issue?.rule ?? 'must be a command');
        continue;
      }
      const command = parsed.data;
      const { sequence, hash, previousHash } = command;
      const wrong = wrongOf(command);
      if (wrong !== null) {
        refuse(sequence, ...wrong);
        continue;
      }
      sequences.add(sequence);
      records.push({ sequence, hash, previousHash, index: records.length, start, end });
      yield command;
    }
  }

  function wrongOf(command: Command): readonly [field: string, value: unknown, rule: string] | null {
    const { sequence, hash } = command;
    if (command.hostId !== hostId) return ['hostId', command.hostId, "must be the recorder's own"];
    if (command.epoch !== range.epoch) return ['epoch', command.epoch, 'must be that of the batch'];
    if (sequence < range.first || sequence > range.last)
      return ['sequence', sequence, `must lie in ${range.first}-${range.last}`];
    if (sequences.has(sequence)) return ['sequence', sequence, 'must be there once only'];
    if (command.at > now * 1_000 + FUTURE_LIMIT_US) return ['at', command.at, 'must not lie more than a day in the future'];
    if (hashOf('sha256', canonicalCommand(command)) !== hash) return ['hash', hash, 'must be that of the record'];
    return null;
  }
}
