import type { Host, HostGroup } from '@watchpost/contracts/api/audit';
import { formatCount } from '@watchpost/charts/figures';
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from '../../language/texts.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { moment } from '../../parts/moment.ts';
import { TableHead } from '../../parts/TableHead.tsx';
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
        <TableHead columns={[...heads.map((head) => t(`hosts.${head}`)), '']} />
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
                  <span className="state plain-state">
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
                  <span className="state plain-state">
                    <OutcomeShape outcome={CHAIN_SHAPES[host.chain]} size={9} /> {t(`hosts.chains.${host.chain}`)}
                  </span>
                </td>
                <td data-label={t('hosts.budgetTitle')} className="num small">
                  {budget === undefined
                    ? '–'
                    : `${formatCount(budget.written)} → ${formatCount(budget.spooled)} → ${formatCount(budget.acknowledged)} → ${formatCount(host.stored)}`}
                  {budget !== undefined && budget.missing + budget.refused > 0 && (
                    <div className="state-down">{t('hosts.lost', { missing: budget.missing, refused: budget.refused })}</div>
                  )}
                </td>
                <td className="right num">
                  <Button
                    size="compact-xs"
                    variant="default"
                    renderRoot={(button) => <Link to="/live" search={{ hosts: host.id }} {...button} />}
                  >
                    {t('nav.live')}
                  </Button>{' '}
                  <Button size="compact-xs" variant="default" onClick={() => onEdit(host)}>
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
