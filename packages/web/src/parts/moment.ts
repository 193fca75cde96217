import { formatMoment } from '@watchpost/charts/time-zone';
import { browserZone } from '../api/range.ts';

/** A point in time in the zone of the browser, to the second. */
export const moment = (atMs: number | null | undefined, withSeconds = true): string =>
  atMs === null || atMs === undefined ? '–' : formatMoment(atMs, browserZone(), withSeconds);

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `5 min ago` in the language of the page. */
export function ago(atMs: number | null, nowMs: number, language: string): string {
  if (atMs === null) return '–';
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'narrow' }).format(-Math.floor(seconds / size), unit);
}
