import { formatWall } from '@watchpost/charts/time-zone';

/** The wall clock of the browser. Without Intl, which is slow: a stream of lines asks for it hundreds of times a second. */
const wallOf = (atMs: number): number => atMs - new Date(atMs).getTimezoneOffset() * 60_000;

/** `2026-11-26 14:05:09` in the zone of the browser; without seconds when asked for. */
export const moment = (atMs: number | null | undefined, withSeconds = true): string =>
  atMs === null || atMs === undefined ? '–' : formatWall(wallOf(atMs), withSeconds);

/** `14:05:09` in the zone of the browser. */
export const clockTime = (atMs: number): string => formatWall(wallOf(atMs), true).slice(-8);

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

const SHORT = {
  en: { day: 'd', hour: 'h', minute: 'min', now: '< 1 min' },
  zh: { day: '天', hour: '小时', minute: '分钟', now: '不到 1 分钟' },
} as const;

/** A length of time in its two largest units: `45 min`, `3 h 12 min`, `12 d 4 h`. Below a minute: `< 1 min`. */
export function lasted(ms: number, language: 'en' | 'zh'): string {
  const words = SHORT[language];
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return words.now;
  const parts = [
    [Math.floor(minutes / 1440), words.day],
    [Math.floor(minutes / 60) % 24, words.hour],
    [minutes % 60, words.minute],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count}\u00a0${word}`)
    .join(' ');
}
