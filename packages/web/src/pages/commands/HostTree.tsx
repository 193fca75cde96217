import type { Host, HostGroup } from '@watchpost/contracts/api/audit';
import { Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { HOST_SHAPES } from '../hosts/host-shapes.ts';
import { chosenHosts, groupState, type HostChoice, toggleGroup, toggleHost } from './host-choice.ts';

/** From so many hosts on they can be looked for by name. */
const MANY_HOSTS = 9;

/** What the tree shows of a host. */
export type ShownHost = Pick<Host, 'id' | 'name' | 'address' | 'state' | 'groupIds'>;

/** Groups and hosts as a tree; several may be chosen. A host that stands in several groups is shown in each. */
export function HostTree(props: {
  readonly hosts: readonly ShownHost[];
  readonly groups: readonly HostGroup[];
  readonly choice: HostChoice;
  readonly onChoose: (choice: HostChoice) => void;
}) {
  const { t } = useTranslation();
  const { hosts, groups, choice, onChoose } = props;
  const [wanted, setWanted] = useState('');
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const chosen = chosenHosts(choice, props);
  const isWanted = ({ name, address }: ShownHost) =>
    `${name} ${address ?? ''}`.toLowerCase().includes(wanted.trim().toLowerCase());

  const host = (each: ShownHost) => (
    <li key={each.id} className="host-leaf">
      <Checkbox
        size="xs"
        label={each.name}
        checked={chosen.has(each.id)}
        onChange={() => onChoose(toggleHost(each.id, choice, props))}
      />
      <span title={t(`hosts.states.${each.state}`)}>
        <OutcomeShape outcome={HOST_SHAPES[each.state]} size={8} />
      </span>
    </li>
  );
  const level = (parentId: string | null) => {
    const inside = hosts.filter(({ groupIds }) => (parentId === null ? groupIds.length === 0 : groupIds.includes(parentId)));
    return (
      <ul className="host-tree">
        {groups
          .filter((group) => group.parentId === parentId)
          .map((group) => {
            const state = groupState(group.id, choice, props);
            const isFolded = folded.has(group.id);
            return (
              <li key={group.id}>
                <span className="host-group">
                  <Checkbox
                    size="xs"
                    fw={600}
                    label={group.name}
                    checked={state === 'all'}
                    indeterminate={state === 'some'}
                    onChange={() => onChoose(toggleGroup(group.id, choice, props))}
                  />
                  <button
                    type="button"
                    className="host-toggle"
                    aria-expanded={!isFolded}
                    aria-label={t('commands.unfold', { name: group.name })}
                    onClick={() => setFolded(folded.symmetricDifference(new Set([group.id])))}
                  >
                    {isFolded ? '▸' : '▾'}
                  </button>
                </span>
                {!isFolded && level(group.id)}
              </li>
            );
          })}
        {inside.map(host)}
      </ul>
    );
  };
  if (hosts.length === 0) return <p className="muted">{t('hosts.none')}</p>;
  return (
    <>
      {hosts.length >= MANY_HOSTS && (
        <TextInput
          size="xs"
          type="search"
          placeholder={t('commands.findHost')}
          aria-label={t('commands.findHost')}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      {wanted.trim() === '' ? level(null) : <ul className="host-tree">{hosts.filter(isWanted).map(host)}</ul>}
    </>
  );
}
