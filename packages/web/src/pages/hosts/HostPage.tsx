import type { HostDetail } from '@watchpost/contracts/api/audit';
import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { ConfirmDialog } from '../../parts/ConfirmDialog.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { Since } from '../../parts/Since.tsx';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { EditHostDialog } from './EditHostDialog.tsx';
import { groupPath } from './group-path.ts';
import { HOST_SHAPES } from './host-shapes.ts';
import { HostChain } from './HostChain.tsx';
import { HostCoverage } from './HostCoverage.tsx';
import { HostGaps } from './HostGaps.tsx';
import { HostRecorder } from './HostRecorder.tsx';
import './hosts.css';
import { LossBudget } from './LossBudget.tsx';

/** How completely one host is recorded, and what proves it. */
export function HostPage() {
  const { t } = useTranslation();
  if (!useMayWrite()) return <Empty title={t('commands.forbidden')} />;
  return <HostView />;
}

function HostView() {
  const { id } = useParams({ from: '/inside/hosts/$id' });
  const { t } = useTranslation();
  const host = useQuery(queries.host(id));
  if (host.error !== null && host.data === undefined) {
    return (
      <div className="stack">
        <PageTitle text={t('commands.host')} />
        <LoadError error={host.error} onRetry={() => void host.refetch()} />
      </div>
    );
  }
  if (host.data === undefined) return <Bones height={600} />;
  return (
    <div className="stack">
      <HostHead host={host.data} />
      <LossBudget host={host.data} />
      <div className="two">
        <HostCoverage host={host.data} />
        <div className="stack">
          <HostRecorder host={host.data} />
          <HostChain host={host.data} />
        </div>
      </div>
      <HostGaps host={host.data} />
    </div>
  );
}

function HostHead({ host }: { readonly host: HostDetail }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const groups = useQuery(queries.hostGroups()).data ?? [];
  const isAdministrator = useQuery(queries.session()).data?.user?.role === 'administrator';
  const [dialog, setDialog] = useState<'edit' | 'revoke' | null>(null);
  const close = () => setDialog(null);
  const only = { hosts: host.id };
  return (
    <div>
      <div className="row tight muted small">
        <Link to="/hosts">{t('hosts.title')}</Link>
        {host.groupIds
          .flatMap((groupId) => groups.filter((group) => group.id === groupId))
          .map((group) => (
            <span key={group.id} className="row tight">
              <span aria-hidden="true">/</span>
              <Link to="/live" search={{ groups: group.id }}>
                {groupPath(group, groups)}
              </Link>
            </span>
          ))}
      </div>
      <div className="row spread">
        <div className="grow head-text">
          <PageTitle text={host.name} />
          <div className="row tight small">
            <span className={`state state-${HOST_SHAPES[host.state]}`}>
              <OutcomeShape outcome={HOST_SHAPES[host.state]} size={9} /> {t(`hosts.states.${host.state}`)}
            </span>
            <Since at={host.lastContactAt} />
            {host.address !== null && <span className="mono muted">{host.address}</span>}
            {host.kind === 'legacy' && <span className="tag">{t('hosts.legacy')}</span>}
            {Object.entries(host.labels).map(([name, value]) => (
              <span key={name} className="tag">
                {name}={value}
              </span>
            ))}
          </div>
        </div>
        <div className="row tight">
          <Button size="xs" variant="default" renderRoot={(button) => <Link to="/live" search={only} {...button} />}>
            {t('commands.live')}
          </Button>
          <Button size="xs" variant="default" renderRoot={(button) => <Link to="/commands" search={only} {...button} />}>
            {t('commands.search')}
          </Button>
          <Button size="xs" variant="default" onClick={() => setDialog('edit')}>
            {t('action.edit')}
          </Button>
          {isAdministrator && host.kind === 'recorder' && host.state !== 'revoked' && (
            <Button size="xs" variant="subtle" c="var(--wp-down)" onClick={() => setDialog('revoke')}>
              {t('action.revoke')}
            </Button>
          )}
        </div>
      </div>
      {dialog === 'edit' && <EditHostDialog host={host} groups={groups} onClose={close} />}
      {dialog === 'revoke' && (
        <ConfirmDialog
          title={t('fleet.revokeTitle', { name: host.name })}
          lead={t('hosts.revokeLead')}
          action={t('action.revoke')}
          onClose={close}
          onConfirm={async () => {
            await api.remove(`/hosts/${encodeURIComponent(host.id)}`);
            await queryClient.invalidateQueries({ queryKey: ['hosts'] });
          }}
        />
      )}
    </div>
  );
}
