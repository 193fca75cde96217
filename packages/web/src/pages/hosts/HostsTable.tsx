import type { Host, HostGroup } from '@watchpost/contracts/api/audit';
import { formatCount } from '@watchpost/charts/figures';
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { moment } from '../../parts/moment.ts';
import { groupPath } from './group-path.ts';
import { CHAIN_SHAPES, HOST_SHAPES } from './host-shapes.ts';

export function HostsTable({
  hosts,
  groups,
  onEdit,
}: {
  readonly hosts: readonly Host[];
  readonly groups: readonly HostGroup[];
  readonly onEdit: (host: Host) => void;
}) {
  const { t } = useTranslation();
  const heads = ['name', 'state', 'groups', 'shells', 'last', 'chain', 'budget'] as const;
  return (
    <div className="card scroll" tabIndex={0} role="region" aria-label={t('hosts.title')}>
      <table className="table stackable">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {t(`hosts.${head}`)}
              </th>
            ))}
            <th scope="col">
              <span className="sr">{t('action.more')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {hosts.map((host) => {
            const budget = host.recorder?.budget;
            const shells = host.recorder?.shells;
            return (
              <tr key={host.id}>
                <td data-label={t('hosts.name')}>
                  <Link to="/hosts/$id" params={{ id: host.id }} className="name">
                    {host.name}
                  </Link>
                  <div className="muted small">
                    {host.address} {host.kind === 'legacy' && <span className="tag">{t('hosts.legacy')}</span>}
                  </div>
                </td>
                <td data-label={t('hosts.state')}>
                  <span className="row tight">
                    <OutcomeShape outcome={HOST_SHAPES[host.state]} size={9} /> {t(`hosts.states.${host.state}`)}
                  </span>
                </td>
                <td data-label={t('hosts.groups')}>
                  {host.groupIds
                    .flatMap((id) => groups.filter((group) => group.id === id))
                    .map((group) => groupPath(group, groups))
                    .join(', ') || '–'}
                </td>
                <td data-label={t('hosts.shells')} className="num">
                  {shells === undefined
                    ? '–'
                    : t('hosts.shellCounts', { hooked: shells.hooked, bare: shells.silent + shells.unhooked })}
                </td>
                <td data-label={t('hosts.last')} className="num">
                  {moment(host.lastCommandAt)}
                </td>
                <td data-label={t('hosts.chain')}>
                  <span className="row tight">
                    <OutcomeShape outcome={CHAIN_SHAPES[host.chain]} size={9} /> {t(`hosts.chains.${host.chain}`)}
                  </span>
                </td>
                <td data-label={t('hosts.budget')} className="num small">
                  {budget === undefined
                    ? '–'
                    : `${formatCount(budget.written)} → ${formatCount(budget.spooled)} → ${formatCount(budget.acknowledged)} → ${formatCount(host.stored)}`}
                  {budget !== undefined && budget.missing + budget.refused > 0 && (
                    <div className="bad">{t('hosts.lost', { missing: budget.missing, refused: budget.refused })}</div>
                  )}
                </td>
                <td>
                  <Link to="/live" search={{ hosts: host.id }} className="small">
                    {t('nav.live')}
                  </Link>{' '}
                  <Button size="compact-xs" variant="subtle" onClick={() => onEdit(host)}>
                    {t('action.edit')}
                  </Button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
