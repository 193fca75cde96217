const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
const DAY_MS = DAY_S * 1_000;

/**
 * Lengths a bucket may have. Below an hour they are the same in every zone, and so are half days: charts of a year are made of them,
 * and have a tier of their own for it. `months` and days follow the calendar.
 */
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
  ...[1, 2, 3, 4, 6].map(hours),
  fixed(12 * HOUR_S),
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
  const today = start.toPlainDate();
  switch (step.unit) {
    case 'hours': {
      for (const { begin, end } of daysFrom(today, tz)) yield* hoursOfDay(begin, end, step.count, tz);
      return;
    }
    case 'days': {
      for (const { begin } of daysFrom(today, tz)) yield begin;
      return;
    }
    case 'week': {
      let days = 0;
      for (const { begin } of daysFrom(today.subtract({ days: start.dayOfWeek - 1 }), tz)) {
        if (days % 7 === 0) yield begin;
        days += 1;
      }
      return;
    }
    case 'months': {
      const month = start.year * 12 + start.month - 1;
      for (let next = Math.floor(month / step.count) * step.count; ; next += step.count) {
        const date = Temporal.PlainDate.from({ year: Math.floor(next / 12), month: (next % 12) + 1, day: 1 });
        yield date.toZonedDateTime(tz).epochMilliseconds;
      }
    }
  }
}

/**
 * Begin and end of each day in the zone, without end. The calendar is asked only where the clock changes: asked for every day of
 * a year it takes longer than the rest of a chart.
 */
function* daysFrom(first: Temporal.PlainDate, tz: string): Generator<{ readonly begin: number; readonly end: number }> {
  for (let day = first.toZonedDateTime(tz); ;) {
    // A day whose midnight the clock skipped begins later: it is short.
    const isWhole = day.hour === 0 && day.minute === 0;
    const change = isWhole ? (day.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity) : -Infinity;
    let begin = day.epochMilliseconds;
    let days = 0;
    for (; begin + DAY_MS < change; begin += DAY_MS) {
      yield { begin, end: begin + DAY_MS };
      days += 1;
    }
    const date = day.toPlainDate().add({ days });
    day = date.add({ days: 1 }).toZonedDateTime(tz);
    yield { begin, end: day.epochMilliseconds };
  }
}

/** Every `count` hours by the clock on the wall. The hour that summer time repeats is counted twice only for `count` 1. */
function* hoursOfDay(begin: number, end: number, count: number, tz: string): Generator<number> {
  const stepMs = count * HOUR_S * 1_000;
  if (count === 1 || end - begin === DAY_MS) {
    for (let edge = begin; edge < end; edge += stepMs) yield edge;
    return;
  }
  const date = Temporal.Instant.fromEpochMilliseconds(begin).toZonedDateTimeISO(tz).toPlainDate();
  let last = -Infinity;
  for (let hour = 0; hour < 24; hour += count) {
    const edge =
      hour === 0 ? begin : date.toZonedDateTime({ timeZone: tz, plainTime: Temporal.PlainTime.from({ hour }) }).epochMilliseconds;
    if (edge > last && edge < end) yield edge;
    last = Math.max(last, edge);
  }
}
