import type { Outcome } from '@watchpost/contracts/results/outcome';
import { troubleOf } from '../../parts/trouble.ts';
import { type OverviewTarget, type StateCounts, stateOf } from './overview-target.ts';

const SEVERITY = { down: 0, degraded: 1, unknown: 2, up: 3 } as const satisfies Readonly<Record<Outcome, number>>;

export function countStates(targets: readonly OverviewTarget[]): StateCounts {
  const counts = { down: 0, degraded: 0, unknown: 0, up: 0, paused: 0 };
  for (const target of targets) counts[stateOf(target)] += 1;
  return counts;
}

/**
 * What is worst comes first: down before degraded before unknown before up, paused last; among equals what fails from more
 * vantage points. Further ties keep their order, so that rows do not change places for nothing.
 */
export function orderTargets(targets: readonly OverviewTarget[]): readonly OverviewTarget[] {
  const rank = (target: OverviewTarget): number => {
    if (target.paused) return 100;
    if (target.outcome === 'up') return SEVERITY.up;
    const share = target.lines.filter((line) => line.outcome === target.outcome).length / Math.max(1, target.lines.length);
    return SEVERITY[target.outcome] + (1 - share) / 2;
  };
  const ranks = new Map(targets.map((target) => [target, rank(target)]));
  return targets.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}

/** A row of the list: a target with its lines, or the heading of a group. */
export type OverviewItem =
  | { readonly kind: 'target'; readonly key: string; readonly target: OverviewTarget }
  | { readonly kind: 'group'; readonly key: string; readonly name: string; readonly counts: StateCounts };

/** The rows in their order. By group: the group with the worst target first, what has no group last of its rank. */
export function overviewItems(targets: readonly OverviewTarget[], isGrouped: boolean): readonly OverviewItem[] {
  const ordered = orderTargets(targets);
  const rows = (some: readonly OverviewTarget[]) =>
    some.map((target): OverviewItem => ({ kind: 'target', key: `target ${target.id}`, target }));
  if (!isGrouped) return rows(ordered);
  // `ordered` puts the group of the worst target first.
  return [...Map.groupBy(ordered, (target) => target.group)].flatMap(([name, members]) => [
    { kind: 'group', key: `group ${name}`, name, counts: countStates(members) },
    ...rows(members),
  ]);
}

/** Heights in px. They are known before a row is drawn, so nothing jumps while one scrolls. */
export const HEIGHTS = {
  wide: { line: 28, trouble: 0, around: 13, heading: 36 },
  small: { line: 50, trouble: 22, around: 21 + 46, heading: 36 },
} as const;

export function itemHeight(item: OverviewItem, size: keyof typeof HEIGHTS): number {
  const heights = HEIGHTS[size];
  if (item.kind === 'group') return heights.heading;
  const { lines, paused } = item.target;
  const troubles = paused ? 0 : lines.filter((line) => troubleOf(line) !== null).length;
  return heights.around + Math.max(1, lines.length) * heights.line + troubles * heights.trouble;
}
