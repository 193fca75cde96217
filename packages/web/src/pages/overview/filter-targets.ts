import { checkAddress } from './check-address.ts';
import { type OverviewTarget, stateOf } from './overview-target.ts';

/** Targets whose name, address, group or labels hold all words of the search, and that are in the group and state. */
export function filterTargets(
  targets: readonly OverviewTarget[],
  filter: { readonly q?: string; readonly group?: string; readonly state?: string },
): readonly OverviewTarget[] {
  const words = (filter.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return targets.filter((target) => {
    if (filter.group !== undefined && target.group !== filter.group && !target.group.startsWith(`${filter.group}/`)) return false;
    if (filter.state !== undefined && stateOf(target) !== filter.state) return false;
    if (words.length === 0) return true;
    const labels = Object.entries(target.labels).map(([name, value]) => `${name}=${value}`);
    const text = [target.id, target.name, checkAddress(target.check), target.group, ...labels].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** All groups and the groups above them, sorted. */
export function groupsOf(targets: readonly { readonly group: string }[]): string[] {
  const groups = new Set<string>();
  for (const { group } of targets) {
    const parts = group.split('/').filter(Boolean);
    parts.forEach((_, index) => groups.add(parts.slice(0, index + 1).join('/')));
  }
  return [...groups].toSorted();
}
