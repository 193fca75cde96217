import type { Host, HostGroup } from '@watchpost/contracts/api/audit';
import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export type HostChoice = { readonly hosts: readonly string[]; readonly groups: readonly string[] };

/** Groups and hosts as a tree; several may be chosen. Nothing chosen: all. */
export function HostTree(props: {
  readonly hosts: readonly Host[];
  readonly groups: readonly HostGroup[];
  readonly choice: HostChoice;
  readonly onChoose: (choice: HostChoice) => void;
}) {
  const { t } = useTranslation();
  const { hosts, groups, choice, onChoose } = props;
  const toggle = (list: readonly string[], id: string) =>
    list.includes(id) ? list.filter((each) => each !== id) : [...list, id];
  const host = (each: Host) => (
    <li key={each.id}>
      <Checkbox
        size="xs"
        label={each.name}
        checked={choice.hosts.includes(each.id)}
        onChange={() => onChoose({ ...choice, hosts: toggle(choice.hosts, each.id) })}
      />
    </li>
  );
  const level = (parentId: string | null) => (
    <ul className="host-tree">
      {groups
        .filter((group) => group.parentId === parentId)
        .map((group) => (
          <li key={group.id}>
            <Checkbox
              size="xs"
              fw={600}
              label={group.name}
              checked={choice.groups.includes(group.id)}
              onChange={() => onChoose({ ...choice, groups: toggle(choice.groups, group.id) })}
            />
            {level(group.id)}
          </li>
        ))}
      {hosts.filter(({ groupIds }) => (parentId === null ? groupIds.length === 0 : groupIds.includes(parentId))).map(host)}
    </ul>
  );
  return (
    <nav className="card pad host-box" aria-label={t('commands.hosts')}>
      <div className="muted small">{t('commands.hosts')}</div>
      {hosts.length === 0 ? <p className="muted">{t('hosts.none')}</p> : level(null)}
    </nav>
  );
}
