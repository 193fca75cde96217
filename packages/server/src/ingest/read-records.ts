import type { BatchAnswer } from '@watchpost/contracts/agents/agent-wire';
import { AppError, type FieldIssue } from '@watchpost/contracts/errors/app-error';
import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { type ResultRecord, resultRecordSchema } from '@watchpost/contracts/results/result';
import type { BatchRange } from './batch-header.ts';

/** A record may be this far ahead of the server's clock. */
export const FUTURE_LIMIT_MS = 10 * 60_000;
const REFUSED_SHOWN = 100;

export type RecordRules = {
  readonly agentId: string;
  readonly vantage: string;
  readonly range: BatchRange;
  readonly now: number;
  /** Raw results older than this are not kept any more. */
  readonly oldestAt: number;
  readonly isTarget: (targetId: string) => boolean;
};

export type ReadRecords = {
  readonly records: readonly ResultRecord[];
  readonly refused: BatchAnswer['refused'];
  readonly refusedCount: number;
};

/**
 * Reads the lines of a batch one by one: what is wrong is refused with field, value and rule, the rest is kept.
 * Throws `bad-batch` when there are more records than a batch may hold.
 */
export function readRecords(body: Buffer, rules: RecordRules): ReadRecords {
  const records: ResultRecord[] = [];
  const refused: BatchAnswer['refused'] = [];
  const sequences = new Set<number>();
  let lines = 0;
  let refusedCount = 0;
  for (const line of linesOf(body)) {
    lines += 1;
    if (lines > WIRE_LIMITS.batchRecords) throw new AppError('bad-batch', `more than ${WIRE_LIMITS.batchRecords} records`);
    const read = readRecord(line, rules, sequences);
    if ('record' in read) {
      sequences.add(read.record.sequence);
      records.push(read.record);
    } else {
      refusedCount += 1;
      if (refused.length < REFUSED_SHOWN) refused.push({ sequence: read.sequence, ...read.issue });
    }
  }
  return { records, refused, refusedCount };
}

type ReadRecord = { readonly record: ResultRecord } | { readonly sequence: number | null; readonly issue: FieldIssue };

function readRecord(line: string, rules: RecordRules, sequences: ReadonlySet<number>): ReadRecord {
  if (line.length > WIRE_LIMITS.recordBytes) {
    return refusal(null, '(whole)', `${line.length} characters`, `must be ${WIRE_LIMITS.recordBytes} bytes at most`);
  }
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refusal(null, '(whole)', line.slice(0, 100), 'must be JSON');
  }
  const parsed = resultRecordSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = fieldIssues(parsed.error, value);
    return { sequence: sequenceOf(value), issue: issue ?? { field: '(whole)', value: '', rule: 'must be a result' } };
  }
  const record = parsed.data;
  const { sequence } = record;
  const { range } = rules;
  if (sequence < range.first || sequence > range.last) {
    return refusal(sequence, 'sequence', sequence, `must lie in ${range.first}-${range.last}`);
  }
  if (sequences.has(sequence)) return refusal(sequence, 'sequence', sequence, 'must be there once only');
  if (record.agentId !== rules.agentId) return refusal(sequence, 'agentId', record.agentId, "must be the agent's own");
  if (record.vantage !== rules.vantage) return refusal(sequence, 'vantage', record.vantage, "must be the agent's own");
  if (!rules.isTarget(record.targetId)) return refusal(sequence, 'targetId', record.targetId, 'must be a target of this server');
  for (const field of ['roundAt', 'startedAt'] as const) {
    const at = record[field];
    if (at > rules.now + FUTURE_LIMIT_MS) return refusal(sequence, field, at, 'must not lie more than 10 minutes in the future');
    if (at < rules.oldestAt) return refusal(sequence, field, at, 'must not be older than raw results are kept');
  }
  return { record };
}

function refusal(sequence: number | null, field: string, value: string | number, rule: string): ReadRecord {
  return { sequence, issue: { field, value: String(value), rule } };
}

function sequenceOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('sequence' in value)) return null;
  return Number.isSafeInteger(value.sequence) ? (value.sequence as number) : null;
}

export function* linesOf(body: Buffer): Iterable<string> {
  for (const { start, end } of lineRanges(body)) {
    const line = body.toString('utf8', start, end).trim();
    if (line !== '') yield line;
  }
}

/** Where the lines of a body lie. One by one they become short strings: a string of the whole body costs more than reading it. */
export function* lineRanges(body: Buffer): Iterable<{ readonly start: number; readonly end: number }> {
  for (let start = 0; start < body.length;) {
    const found = body.indexOf(10, start);
    const end = found === -1 ? body.length : found;
    if (end > start) yield { start, end };
    start = end + 1;
  }
}
