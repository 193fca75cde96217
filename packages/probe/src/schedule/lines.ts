import type { ScheduledCheck } from '@watchpost/contracts/agents/agent-wire';
import type { Series } from '@watchpost/contracts/results/outcome';
import type { Check } from '@watchpost/contracts/targets/check';

/** What is measured each round: a target, or one address family of it. */
export type Line = {
  /** `targetId/series` */
  readonly key: string;
  readonly targetId: string;
  readonly series: Series;
  readonly intervalMs: number;
  readonly check: Check;
};

/** The series of a check: one, or one for each address family when it wants both. */
export function seriesOf(check: Check): readonly { readonly series: Series; readonly check: Check }[] {
  if (check.ipFamily !== 'both') return [{ series: 'any', check }];
  return [
    { series: 'v4', check: { ...check, ipFamily: '4' } },
    { series: 'v6', check: { ...check, ipFamily: '6' } },
  ];
}

/** The lines of all checks of an agent. */
export function linesOf(checks: readonly ScheduledCheck[]): readonly Line[] {
  return checks.flatMap(({ targetId, intervalS, check }) =>
    seriesOf(check).map((part) => ({ key: `${targetId}/${part.series}`, targetId, intervalMs: intervalS * 1_000, ...part })),
  );
}
