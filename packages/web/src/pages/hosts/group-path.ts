import type { HostGroup } from '@watchpost/contracts/api/audit';

const MAX_DEPTH = 32;

/** `function class › application` */
export function groupPath(group: HostGroup, groups: readonly HostGroup[]): string {
  const names = [group.name];
  let parent = groups.find(({ id }) => id === group.parentId);
  for (let depth = 0; parent !== undefined && depth < MAX_DEPTH; depth++) {
    const { name, parentId } = parent;
    names.unshift(name);
    parent = groups.find(({ id }) => id === parentId);
  }
  return names.join(' › ');
}
