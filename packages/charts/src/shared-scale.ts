import type { SeriesResponse } from '@watchpost/contracts/api/quality';
import { valueAt } from './line.ts';

const NICE = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

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
  return (NICE.find((step) => step * power >= wanted) ?? 10) * power;
}
