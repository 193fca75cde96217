const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const MAX_FORMATS = 64;

function wallFormat(tz: string): Intl.DateTimeFormat {
  const known = formats.get(tz);
  if (known !== undefined) return known;
  if (formats.size >= MAX_FORMATS) formats.clear();
  const options: Intl.DateTimeFormatOptions = {
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { ...options, timeZone: tz });
  } catch {
    // An unknown zone must not cost the chart: it is drawn in UTC.
    format = new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' });
  }
  formats.set(tz, format);
  return format;
}

/** Wall clock of a zone, as the Unix ms at which a clock in UTC would show the same. */
export function toWall(atMs: number, tz: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of wallFormat(tz).formatToParts(atMs)) parts[type] = Number(value);
  const {
    year = 1970,
    month = 1,
    day = 1,
    hour = 0,
    minute = 0,
    second = 0,
  } = parts as {
    year?: number;
    month?: number;
    day?: number;
    hour?: number;
    minute?: number;
    second?: number;
  };
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((atMs % 1000) + 1000) % 1000);
}

/** The point in time at which a zone's wall clock shows `wallMs`; of two, the first; of none, the next. */
export function fromWall(wallMs: number, tz: string): number {
  const guess = wallMs - (toWall(wallMs, tz) - wallMs);
  const again = wallMs - (toWall(guess, tz) - guess);
  const earlier = Math.min(guess, again);
  return toWall(earlier, tz) === wallMs ? earlier : Math.max(guess, again);
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-22 13:05` in the zone; with seconds when asked for. */
export function formatMoment(atMs: number, tz: string, withSeconds = false): string {
  return formatWall(toWall(atMs, tz), withSeconds);
}

/** The same of a wall clock, as {@link toWall} gives it. */
export function formatWall(wallMs: number, withSeconds = false): string {
  const wall = new Date(wallMs);
  const date = `${wall.getUTCFullYear()}-${pad(wall.getUTCMonth() + 1)}-${pad(wall.getUTCDate())}`;
  const time = `${pad(wall.getUTCHours())}:${pad(wall.getUTCMinutes())}`;
  return withSeconds ? `${date} ${time}:${pad(wall.getUTCSeconds())}` : `${date} ${time}`;
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE_MS);
const STEPS_DAYS = [1, 2, 7, 14];
const STEPS_MONTHS = [1, 2, 3, 6, 12, 24, 60, 120];

/** Where a time axis has its labels: at full minutes, hours, days, months of the zone; at most `most` of them. */
export function timeTicks(from: number, to: number, tz: string, most: number): readonly number[] {
  const limit = Math.max(2, Math.min(most, 40));
  const span = Math.max(1, to - from);
  const ticks: number[] = [];
  const take = (wall: number): void => {
    const at = fromWall(wall, tz);
    if (at >= from && at <= to) ticks.push(at);
  };
  const first = toWall(from, tz);
  const last = toWall(to, tz);
  const stepMs = STEPS_MS.find((step) => span / step <= limit);
  if (stepMs !== undefined) {
    for (let wall = Math.ceil(first / stepMs) * stepMs; wall <= last && ticks.length < limit + 2; wall += stepMs) take(wall);
    return ticks;
  }
  const stepDays = STEPS_DAYS.find((days) => span / (days * DAY_MS) <= limit);
  if (stepDays !== undefined) {
    const step = stepDays * DAY_MS;
    // Weeks begin on Monday: 1970-01-05.
    const origin = stepDays % 7 === 0 ? 4 * DAY_MS : 0;
    const start = Math.ceil((first - origin) / step) * step + origin;
    for (let wall = start; wall <= last && ticks.length < limit + 2; wall += step) take(wall);
    return ticks;
  }
  const months = STEPS_MONTHS.find((count) => span / (count * 30.4 * DAY_MS) <= limit) ?? 240;
  const begin = new Date(first);
  const month0 = begin.getUTCFullYear() * 12 + begin.getUTCMonth();
  for (let month = Math.ceil(month0 / months) * months; ticks.length < limit + 2; month += months) {
    const wall = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (wall > last) break;
    take(wall);
  }
  return ticks;
}

/** Label of a tick: the time of day, and the date where a day begins; only dates for long ranges. */
export function formatTick(atMs: number, tz: string, spanMs: number): string {
  const wall = new Date(toWall(atMs, tz));
  const date = `${pad(wall.getUTCMonth() + 1)}-${pad(wall.getUTCDate())}`;
  if (spanMs > 300 * DAY_MS) return `${wall.getUTCFullYear()}-${pad(wall.getUTCMonth() + 1)}`;
  const isMidnight = wall.getUTCHours() === 0 && wall.getUTCMinutes() === 0;
  if (spanMs > 10 * DAY_MS) return date;
  return isMidnight ? date : `${pad(wall.getUTCHours())}:${pad(wall.getUTCMinutes())}`;
}
