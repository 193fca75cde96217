const DASH = '–';

/** Milliseconds as a person reads them: `0.42 ms`, `12.3 ms`, `318 ms`, `4.10 s`. Null is a dash. */
export function formatMs(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return DASH;
  const size = Math.abs(ms);
  if (size === 0) return '0 ms';
  if (size < 1) return `${ms.toFixed(2)} ms`;
  if (size < 99.95) return `${ms.toFixed(1)} ms`;
  if (size < 999.5) return `${ms.toFixed(0)} ms`;
  if (size < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The form of {@link formatMs} for axes, where figures are round: `60 ms`, `1.5 s`. */
export function formatAxisMs(ms: number): string {
  const isSeconds = Math.abs(ms) >= 1000;
  return `${Number((isSeconds ? ms / 1000 : ms).toPrecision(4))} ${isSeconds ? 's' : 'ms'}`;
}

/** Microseconds, in the form of {@link formatMs}. */
export function formatUs(us: number | null | undefined): string {
  return formatMs(us === null || us === undefined ? us : us / 1000);
}

/** Bytes with binary units: `812 B`, `1.4 KiB`, `32.0 MiB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return DASH;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(value) >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** Bytes per second with decimal units, as network speeds are given: `812 B/s`, `1.4 kB/s`, `32.0 MB/s`. */
export function formatSpeed(bytesPerSecond: number | null | undefined): string {
  if (bytesPerSecond === null || bytesPerSecond === undefined || !Number.isFinite(bytesPerSecond)) return DASH;
  const units = ['B/s', 'kB/s', 'MB/s', 'GB/s'];
  let value = bytesPerSecond;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(value) >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/**
 * A share 0…1 as percent. Never rounds up to 100 %: 0.99999 is `99.999 %`, and what is still nearer to one is `>99.999 %`;
 * a single failure must stay visible.
 */
export function formatRatio(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return DASH;
  if (ratio >= 1) return '100 %';
  if (ratio <= 0) return '0 %';
  const percent = ratio * 100;
  for (const digits of [1, 2, 3]) {
    const step = 10 ** -digits;
    if (percent <= 100 - step + 1e-9) return `${(Math.floor(percent / step + 1e-9) * step).toFixed(digits)} %`;
  }
  return '>99.999 %';
}

/** A whole number with thin groups: `12 345`. */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+(?!\d))/g, '\u2009');
}
