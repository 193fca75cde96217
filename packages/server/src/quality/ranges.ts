import { RANGES, type rangeQuerySchema } from '@watchpost/contracts/api/quality';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { z } from 'zod';
import type { TimeRange } from '../telemetry/telemetry-store.ts';

const LATEST_MS = Date.UTC(2200, 0, 1);
const LONGEST_MS = 20 * 366 * 86_400_000;

/** The range a query asks for. Throws `bad-request` with the field that is wrong. */
export function readRange(query: z.infer<typeof rangeQuerySchema>, now: number): TimeRange & { readonly tz: string } {
  const { tz } = query;
  if (!isTimeZone(tz)) throw refuse('tz', tz, 'must be an IANA time zone as Asia/Shanghai');
  if (query.from === undefined && query.to === undefined) {
    return { from: now - RANGES[query.range ?? '3h'] * 1000, to: now, tz };
  }
  if (query.range !== undefined) throw refuse('range', query.range, 'must be left out when from or to is given');
  if (query.from === undefined) throw refuse('from', '(missing)', 'must be given with to');
  const range = { from: query.from, to: query.to ?? now, tz };
  if (range.to > LATEST_MS) throw refuse('to', String(range.to), 'must be before the year 2200');
  if (range.from >= range.to) throw refuse('to', String(range.to), 'must be after from');
  if (range.to - range.from > LONGEST_MS) throw refuse('from', String(range.from), 'must be 20 years before to at most');
  return range;
}

/** A comma-separated list in a query string. */
export function readList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function refuse(field: string, value: string, rule: string): AppError {
  return new AppError('bad-request', undefined, { issues: [{ field, value, rule }] });
}

const knownZones = new Map<string, boolean>();
const KNOWN_ZONES_LIMIT = 2_000;

function isTimeZone(tz: string): boolean {
  const known = knownZones.get(tz);
  if (known !== undefined) return known;
  let is = true;
  try {
    Intl.DateTimeFormat('en', { timeZone: tz });
  } catch {
    is = false;
  }
  if (knownZones.size < KNOWN_ZONES_LIMIT) knownZones.set(tz, is);
  return is;
}
