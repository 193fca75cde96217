import type { RangeName } from '@watchpost/contracts/api/quality';

/** A range as it stands in the address of a page: back from now, or from and to as Unix ms. */
export type Range = { readonly range: RangeName } | { readonly from: number; readonly to: number };

/** The ranges offered, shortest first, in seconds. The values are those of `RANGES`. */
export const RANGE_SECONDS = {
  '3h': 10_800,
  day: 86_400,
  week: 604_800,
  month: 2_678_400,
  year: 31_622_400,
} as const satisfies Record<RangeName, number>;
export const RANGE_NAMES = Object.keys(RANGE_SECONDS) as readonly RangeName[];

export type RangeSearch = { readonly range?: RangeName; readonly from?: number; readonly to?: number };

/** Shortest range that can be chosen by dragging over a chart. */
export const MIN_RANGE_MS = 60_000;

/** Longest range that zooming out leads to. */
const MAX_RANGE_MS = 2 * 366 * 86_400_000;

export type ZoomStep = 'in' | 'out' | 'earlier' | 'later';

/** The range a step of zooming leads to: in and out halve and double it around its middle, earlier and later move it by half. Never past now. */
export function zoomed(from: number, to: number, step: ZoomStep, nowMs: number): { readonly from: number; readonly to: number } {
  const length = to - from;
  const share = { in: [0.25, -0.25], out: [-0.5, 0.5], earlier: [-0.5, -0.5], later: [0.5, 0.5] }[step];
  const wanted = { from: from + length * (share[0] ?? 0), to: to + length * (share[1] ?? 0) };
  const size = Math.round(Math.min(MAX_RANGE_MS, Math.max(MIN_RANGE_MS, wanted.to - wanted.from)));
  const middle = (wanted.from + wanted.to) / 2;
  const end = Math.round(Math.min(nowMs, Math.max(size, middle + size / 2)));
  return { from: end - size, to: end };
}

export function rangeOf(search: RangeSearch): Range {
  if (search.from !== undefined && search.to !== undefined) return { from: search.from, to: search.to };
  return { range: search.range ?? '3h' };
}

/** Reads a range from the address; what makes no sense is left out. */
export function parseRangeSearch(search: Readonly<Record<string, unknown>>): RangeSearch {
  const from = Number(search['from']);
  const to = Number(search['to']);
  if (search['from'] !== undefined && Number.isFinite(from) && Number.isFinite(to) && from >= 0 && to - from >= MIN_RANGE_MS) {
    return { from: Math.round(from), to: Math.round(to) };
  }
  const name = RANGE_NAMES.find((each) => each === search['range']);
  return name === undefined ? {} : { range: name };
}

/** The time zone of the browser. */
export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A range with the zone in which its hours and days begin. */
export const zonedRange = (range: Range): Record<string, string | number> => ({ ...range, tz: browserZone() });
