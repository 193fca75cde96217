import type { SeriesResponse } from '@watchpost/contracts/api/quality';
import { valueAt } from './line.ts';

/** Ends of axes times a power of ten, with the step between the labels of a high axis and of a low one: each divides its end. */
const NICE = [
  { end: 1, step: 0.25, lowStep: 0.5 },
  { end: 1.5, step: 0.5, lowStep: 0.5 },
  { end: 2, step: 0.5, lowStep: 1 },
  { end: 2.5, step: 0.5, lowStep: 2.5 },
  { end: 3, step: 1, lowStep: 1.5 },
  { end: 4, step: 1, lowStep: 2 },
  { end: 5, step: 1, lowStep: 2.5 },
  { end: 6, step: 2, lowStep: 3 },
  { end: 8, step: 2, lowStep: 4 },
  { end: 10, step: 2.5, lowStep: 5 },
] as const;

const round = (value: number): number => Number(value.toPrecision(3));

/** Upper end of an axis that all lines of the series fit under, ms: a round number. Undefined when there is no data. */
export function sharedMaximum(
  kind: 'response-time' | 'percentiles',
  series: SeriesResponse,
  alarmMs: number | null | undefined,
): number | undefined {
  let highest = 0;
  for (const line of series.lines) {
    const column = kind === 'response-time' ? line.totalAvg : line.totalMax;
    for (let index = 0; index < column.length; index += 1) highest = Math.max(highest, valueAt(column, index) ?? 0);
  }
  if (highest === 0) return undefined;
  const wanted = Math.max(highest, alarmMs ?? 0) * 1.02;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return round((NICE.find(({ end }) => end * power >= wanted)?.end ?? 10) * power);
}

/** Step between the labels of an axis that ends at `maximum`, so that they stand evenly. Undefined for an end that is not round. */
export function axisStep(maximum: number, isLow: boolean): number | undefined {
  const power = 10 ** Math.floor(Math.log10(maximum) + 1e-9);
  const nice = NICE.find(({ end }) => Math.abs(end - maximum / power) < 1e-6);
  return nice === undefined ? undefined : round((isLow ? nice.lowStep : nice.step) * power);
}
