import type { Host, HostGroup } from '@watchpost/contracts/api/audit';
import { listOf } from '../../api/commands-search.ts';

/** Hosts, and groups with all below them. Nothing chosen: all hosts. */
export type HostChoice = { readonly hosts: readonly string[]; readonly groups: readonly string[] };
export type TreeHost = Pick<Host, 'id' | 'groupIds'>;
export type HostTreeData = { readonly hosts: readonly TreeHost[]; readonly groups: readonly HostGroup[] };

type ChoiceText = { readonly hosts?: string | undefined; readonly groups?: string | undefined };

export function choiceOf({ hosts, groups }: ChoiceText): HostChoice {
  return { hosts: listOf(hosts), groups: listOf(groups) };
}

export function choiceText({ hosts, groups }: HostChoice): { readonly hosts: string; readonly groups: string } {
  return { hosts: hosts.join(','), groups: groups.join(',') };
}

/** The group and all groups below it. */
function withBelow(groupId: string, groups: readonly HostGroup[]): ReadonlySet<string> {
  const found = new Set([groupId]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const { id, parentId } of groups) if (parentId !== null && found.has(parentId)) found.add(id);
  }
  return found;
}

function hostsBelow(groupId: string, { hosts, groups }: HostTreeData): readonly string[] {
  const below = withBelow(groupId, groups);
  return hosts.filter(({ groupIds }) => groupIds.some((id) => below.has(id))).map(({ id }) => id);
}

/** All hosts that are chosen, by themselves or by a group. */
export function chosenHosts(choice: HostChoice, tree: HostTreeData): ReadonlySet<string> {
  return new Set([...choice.hosts, ...choice.groups.flatMap((id) => hostsBelow(id, tree))]);
}

/** Whether all, some or none of the hosts below are chosen. A group of which nothing is known counts by itself. */
export function groupState(groupId: string, choice: HostChoice, tree: HostTreeData): 'all' | 'some' | 'none' {
  if (choice.groups.some((id) => withBelow(id, tree.groups).has(groupId))) return 'all';
  const below = hostsBelow(groupId, tree);
  const chosen = chosenHosts(choice, tree);
  const count = below.filter((id) => chosen.has(id)).length;
  return count === 0 ? 'none' : count === below.length ? 'all' : 'some';
}

/** Takes hosts out: groups that hold them are replaced by the rest of their hosts. */
function without(gone: ReadonlySet<string>, choice: HostChoice, tree: HostTreeData): HostChoice {
  const isTouched = (id: string) => hostsBelow(id, tree).some((host) => gone.has(host));
  const rest = choice.groups.filter(isTouched).flatMap((id) => hostsBelow(id, tree));
  return {
    hosts: [...new Set([...choice.hosts, ...rest])].filter((id) => !gone.has(id)),
    groups: choice.groups.filter((id) => !isTouched(id)),
  };
}

export function toggleHost(hostId: string, choice: HostChoice, tree: HostTreeData): HostChoice {
  if (chosenHosts(choice, tree).has(hostId)) return without(new Set([hostId]), choice, tree);
  return { ...choice, hosts: [...choice.hosts, hostId] };
}

export function toggleGroup(groupId: string, choice: HostChoice, tree: HostTreeData): HostChoice {
  const below = new Set(hostsBelow(groupId, tree));
  const inside = withBelow(groupId, tree.groups);
  if (groupState(groupId, choice, tree) !== 'all') {
    return {
      hosts: choice.hosts.filter((id) => !below.has(id)),
      groups: [...choice.groups.filter((id) => !inside.has(id)), groupId],
    };
  }
  const rest = without(below, choice, tree);
  return { ...rest, groups: rest.groups.filter((id) => !inside.has(id)) };
}
