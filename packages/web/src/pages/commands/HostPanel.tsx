import type { Host } from '@watchpost/contracts/api/audit';
import { useQuery } from '@tanstack/react-query';
import { memo, useMemo } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { chosenHosts, type HostChoice } from './host-choice.ts';
import { HostTree, type ShownHost } from './HostTree.tsx';
import { useIsNarrow } from './use-is-narrow.ts';

/** Without what changes with every record: so the tree stands still while only figures move. */
const shownHosts = (hosts: readonly Host[]): readonly ShownHost[] =>
  hosts.map(({ id, name, address, state, groupIds }) => ({ id, name, address, state, groupIds }));

/** Where hosts are chosen: beside the list, and folded above it on a phone. */
export const HostPanel = memo(function HostPanel(props: {
  readonly choice: HostChoice;
  readonly onChoose: (choice: HostChoice) => void;
}) {
  const { t } = useTranslation();
  const { choice } = props;
  const isNarrow = useIsNarrow();
  const hosts = useQuery({ ...queries.hosts(), select: shownHosts });
  const groups = useQuery(queries.hostGroups());
  const tree = useMemo(() => ({ hosts: hosts.data ?? [], groups: groups.data ?? [] }), [hosts.data, groups.data]);
  const count = chosenHosts(choice, tree).size;
  const isAll = choice.hosts.length + choice.groups.length === 0;
  const title = isAll ? t('commands.allHosts') : t('commands.chosenHosts', { count });
  const body =
    hosts.error !== null && hosts.data === undefined ? (
      <LoadError error={hosts.error} onRetry={() => void hosts.refetch()} />
    ) : hosts.data === undefined || groups.data === undefined ? (
      <Bones height={120} />
    ) : (
      <HostTree hosts={hosts.data} groups={groups.data} choice={choice} onChoose={props.onChoose} />
    );
  const clear = !isAll && (
    <button type="button" className="link small" onClick={() => props.onChoose({ hosts: [], groups: [] })}>
      {t('commands.chooseAll')}
    </button>
  );
  if (isNarrow) {
    return (
      <details className="card host-box">
        <summary>{title}</summary>
        <div className="host-fold">
          {clear}
          {body}
        </div>
      </details>
    );
  }
  return (
    <nav className="card host-box" aria-label={t('commands.hosts')}>
      <div className="row spread host-title">
        <strong>{title}</strong>
        {clear}
      </div>
      {body}
    </nav>
  );
});
