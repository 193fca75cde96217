import { badArgument } from './usage-error.ts';

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as `500ms`, `2.5s`, `1m`; a bare number is milliseconds. */
export function parseDurationMs(argument: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)?$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? 'ms'];
  if (match === null || unit === undefined) throw badArgument(argument, text, 'must be a duration as 500ms, 2s or 1m');
  return Number(match[1]) * unit;
}

/** A whole number within bounds. */
export function parseWhole(argument: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw badArgument(argument, text, `must be a whole number from ${min} to ${max}`);
  return value;
}

/** A positive number, possibly with a fraction. */
export function parsePositive(argument: string, text: string, max: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= max)) throw badArgument(argument, text, `must be a number above 0, up to ${max}`);
  return value;
}
