import type { Agent } from '@watchpost/contracts/api/fleet';
import type { Vantage } from '@watchpost/contracts/targets/target';
import { formatCount } from '@watchpost/charts/figures';
import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { ConfirmDialog } from '../../parts/ConfirmDialog.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { AgentsTable } from './AgentsTable.tsx';
import { EnrolDialog } from './EnrolDialog.tsx';
import { VantageDialog } from './VantageDialog.tsx';

/** Vantage points and the agents that measure from them. */
export function FleetPage() {
  const { t } = useTranslation();
  const mayWrite = useMayWrite();
  const queryClient = useQueryClient();
  const vantages = useQuery(queries.vantages());
  const agents = useQuery(queries.agents());
  const [edited, setEdited] = useState<Vantage | 'new' | null>(null);
  const [enrolled, setEnrolled] = useState<string | null>(null);
  const [revoked, setRevoked] = useState<Agent | null>(null);
  const [removed, setRemoved] = useState<Vantage | null>(null);
  return (
    <div className="stack">
      <div className="row spread">
        <PageTitle text={t('fleet.title')} />
        {mayWrite && (
          <Button size="xs" onClick={() => setEdited('new')}>
            {t('fleet.addVantage')}
          </Button>
        )}
      </div>
      {vantages.error !== null && vantages.data === undefined && (
        <LoadError error={vantages.error} onRetry={() => void vantages.refetch()} />
      )}
      {vantages.isPending && <Bones height={120} />}
      {vantages.data?.length === 0 && (
        <div className="card">
          <Empty title={t('fleet.noVantages')} lead={t('fleet.noVantagesLead')} />
        </div>
      )}
      {vantages.data !== undefined && vantages.data.length > 0 && (
        <div className="two">
          {vantages.data.map((vantage) => (
            <div key={vantage.code} className="card pad stack tight">
              <div className="row spread">
                <div className="row tight">
                  <strong>{vantage.name}</strong>
                  <span className="tag mono">{vantage.code}</span>
                  {vantage.color !== null && <span className="swatch" style={{ background: vantage.color }} />}
                </div>
                <span className="muted num">
                  {t('fleet.agents')}{' '}
                  {formatCount(
                    (agents.data ?? []).filter((agent) => agent.vantage === vantage.code && agent.state !== 'revoked').length,
                  )}
                </span>
              </div>
              {vantage.source === 'file' && <span className="muted">{t('state.readOnly')}</span>}
              {mayWrite && (
                <div className="row tight">
                  <Button size="compact-xs" variant="default" onClick={() => setEnrolled(vantage.code)}>
                    {t('fleet.enrol')}
                  </Button>
                  {vantage.source === 'page' && (
                    <>
                      <Button size="compact-xs" variant="default" onClick={() => setEdited(vantage)}>
                        {t('action.edit')}
                      </Button>
                      <Button size="compact-xs" variant="default" onClick={() => setRemoved(vantage)}>
                        {t('action.remove')}
                      </Button>
                    </>
                  )}
                </div>
              )}
            </div>
          ))}
        </div>
      )}
      <h2>{t('fleet.agents')}</h2>
      {agents.error !== null && agents.data === undefined && (
        <LoadError error={agents.error} onRetry={() => void agents.refetch()} />
      )}
      {agents.isPending && <Bones height={200} />}
      {agents.data?.length === 0 && (
        <div className="card">
          <Empty title={t('fleet.noAgents')} lead={t('fleet.noAgentsLead')} />
        </div>
      )}
      {agents.data !== undefined && agents.data.length > 0 && (
        <AgentsTable agents={agents.data} onRevoke={mayWrite ? setRevoked : null} />
      )}
      {edited !== null && <VantageDialog vantage={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
      {enrolled !== null && <EnrolDialog vantage={enrolled} onClose={() => setEnrolled(null)} />}
      {revoked !== null && (
        <ConfirmDialog
          title={t('fleet.revokeTitle', { name: revoked.name })}
          lead={t('fleet.revokeLead')}
          action={t('action.revoke')}
          onClose={() => setRevoked(null)}
          onConfirm={async () => {
            await api.remove(`/agents/${encodeURIComponent(revoked.id)}`);
            await queryClient.invalidateQueries({ queryKey: ['agents'] });
          }}
        />
      )}
      {removed !== null && (
        <ConfirmDialog
          title={t('fleet.removeTitle', { name: removed.name })}
          lead={t('fleet.removeLead')}
          action={t('action.remove')}
          onClose={() => setRemoved(null)}
          onConfirm={async () => {
            await api.remove(`/vantages/${encodeURIComponent(removed.code)}`);
            await queryClient.invalidateQueries({ queryKey: ['vantages'] });
          }}
        />
      )}
    </div>
  );
}
