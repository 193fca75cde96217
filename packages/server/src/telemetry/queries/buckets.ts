const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
/** Half days begin at the multiple of it that is nearest to midnight and noon: so a tier of it fits in every zone. */
const HALF_DAY_GRID_MS = 4 * HOUR_S * 1_000;

/** Lengths a bucket may have. Below an hour they are the same in every zone; `months` and days follow the calendar. */
export type BucketStep = {
  readonly seconds: number;
  readonly unit: 'fixed' | 'hours' | 'days' | 'week' | 'months';
  readonly count: number;
};

const fixed = (seconds: number): BucketStep => ({ seconds, unit: 'fixed', count: seconds });
const hours = (count: number): BucketStep => ({ seconds: count * HOUR_S, unit: 'hours', count });
const months = (count: number): BucketStep => ({ seconds: count * 30 * DAY_S, unit: 'months', count });

/** From fine to coarse. */
export const BUCKET_STEPS: readonly BucketStep[] = [
  ...[5, 10, 15, 20, 30, MINUTE_S, 2 * MINUTE_S, 5 * MINUTE_S, 10 * MINUTE_S, 15 * MINUTE_S, 30 * MINUTE_S].map(fixed),
  ...[1, 2, 3, 4, 6, 12].map(hours),
  { seconds: DAY_S, unit: 'days', count: 1 },
  { seconds: 7 * DAY_S, unit: 'week', count: 1 },
  ...[1, 3, 6, 12, 60, 120].map(months),
];

/** Edges of buckets, Unix ms, ascending: bucket i is from edge i to edge i + 1; the last edge ends the last bucket. */
export type Edges = readonly number[];

/**
 * Edges of whole buckets that cover `from` … `to`, aligned in the zone `tz` (IANA): hours and days begin where they begin
 * there, so a day may have 23 or 25 hours. Null when there would be more than `maxBuckets`.
 */
export function bucketEdges(
  step: BucketStep,
  range: { readonly from: number; readonly to: number },
  tz: string,
  maxBuckets: number,
): Edges | null {
  // A month may be shorter than its nominal length and a range may cut one more bucket at either end.
  if ((range.to - range.from) / (step.seconds * 1_000) > maxBuckets * 1.2 + 2) return null;
  const edges: number[] = [];
  for (const edge of edgesFrom(step, range.from, tz)) {
    if (edge <= range.from) edges.length = 0;
    edges.push(edge);
    if (edge >= range.to && edges.length > 1) break;
    if (edges.length > maxBuckets + 1) return null;
  }
  return edges.length - 1 > maxBuckets ? null : edges;
}

/** Ascending edges without end; the first one is not after `from`. */
function* edgesFrom(step: BucketStep, from: number, tz: string): Generator<number> {
  const ms = step.seconds * 1_000;
  if (step.unit === 'fixed') {
    for (let edge = Math.floor(from / ms) * ms; ; edge += ms) yield edge;
  }
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(tz);
  switch (step.unit) {
    case 'hours': {
      if (step.count === 12) {
        for (let date = start.toPlainDate().subtract({ days: 1 }); ; date = date.add({ days: 1 })) {
          for (const edge of hoursOfDay(date, tz, step.count)) yield Math.round(edge / HALF_DAY_GRID_MS) * HALF_DAY_GRID_MS;
        }
      }
      for (let date = start.toPlainDate(); ; date = date.add({ days: 1 })) yield* hoursOfDay(date, tz, step.count);
    }
    case 'days':
    case 'week': {
      const days = step.unit === 'week' ? 7 : step.count;
      const first = step.unit === 'week' ? start.toPlainDate().subtract({ days: start.dayOfWeek - 1 }) : start.toPlainDate();
      for (let date = first; ; date = date.add({ days })) yield midnight(date, tz);
    }
    case 'months': {
      const month = start.year * 12 + start.month - 1;
      for (let next = Math.floor(month / step.count) * step.count; ; next += step.count) {
        yield midnight(Temporal.PlainDate.from({ year: Math.floor(next / 12), month: (next % 12) + 1, day: 1 }), tz);
      }
    }
  }
}

function midnight(date: Temporal.PlainDate, tz: string): number {
  return date.toZonedDateTime(tz).epochMilliseconds;
}

/** Every `count` hours by the clock on the wall. The hour that summer time repeats is counted twice only for `count` 1. */
function* hoursOfDay(date: Temporal.PlainDate, tz: string, count: number): Generator<number> {
  const end = midnight(date.add({ days: 1 }), tz);
  const begin = midnight(date, tz);
  if (count === 1) {
    for (let edge = begin; edge < end; edge += HOUR_S * 1_000) yield edge;
    return;
  }
  let last = -Infinity;
  for (let hour = 0; hour < 24; hour += count) {
    const edge =
      hour === 0 ? begin : date.toZonedDateTime({ timeZone: tz, plainTime: Temporal.PlainTime.from({ hour }) }).epochMilliseconds;
    if (edge > last && edge < end) yield edge;
    last = Math.max(last, edge);
  }
}
