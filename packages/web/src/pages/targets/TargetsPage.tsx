import type { Target } from '@watchpost/contracts/targets/target';
import { Button, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { ConfirmDialog } from '../../parts/ConfirmDialog.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { TableHead } from '../../parts/TableHead.tsx';
import { checkAddress } from '../overview/check-address.ts';

/** More rows than this are not drawn: search narrows them. */
const MAX_ROWS = 300;

/** All targets, to manage them. */
export function TargetsPage() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const mayWrite = useMayWrite();
  const targets = useQuery(queries.targets());
  const [search, setSearch] = useState('');
  const [removed, setRemoved] = useState<Target | null>(null);
  const [error, setError] = useState<unknown>(null);
  const shown = useMemo(() => {
    const word = search.toLowerCase();
    return (targets.data ?? []).filter((target) =>
      `${target.name} ${checkAddress(target.check)} ${target.group}`.toLowerCase().includes(word),
    );
  }, [targets.data, search]);
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: ['targets'] });
    void queryClient.invalidateQueries({ queryKey: ['overview'] });
  };
  const pause = async (target: Target) => {
    setError(null);
    try {
      await api.patch(`/targets/${encodeURIComponent(target.id)}`, { paused: !target.paused });
      await refresh();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <div className="stack">
      <div className="row spread">
        <PageTitle text={t('targets.title')} />
        <div className="row">
          <TextInput
            size="xs"
            type="search"
            data-search
            aria-label={t('targets.search')}
            placeholder={t('targets.search')}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
          {mayWrite && (
            <Button size="xs" renderRoot={(props) => <Link to="/targets/new" {...props} />}>
              {t('targets.add')}
            </Button>
          )}
        </div>
      </div>
      {error !== null && <LoadError error={error} title={t('state.refused')} />}
      {targets.error !== null && targets.data === undefined && (
        <LoadError error={targets.error} onRetry={() => void targets.refetch()} />
      )}
      {targets.isPending && <Bones height={400} />}
      {targets.data !== undefined && shown.length === 0 && (
        <div className="card">
          {search === '' ? (
            <Empty title={t('targets.empty')} lead={t('overview.emptyLead')} />
          ) : (
            <Empty title={t('overview.noMatch')} />
          )}
        </div>
      )}
      {shown.length > 0 && (
        <div className="card scroll" tabIndex={0} role="region" aria-label={t('targets.title')}>
          <table className="table stackable">
            <TableHead
              columns={[
                t('targets.name'),
                t('targets.address'),
                t('targets.group'),
                t('targets.vantages'),
                { name: t('targets.interval'), isRight: true },
                '',
              ]}
            />
            <tbody>
              {shown.slice(0, MAX_ROWS).map((target) => (
                <tr key={target.id}>
                  <td>
                    <Link to="/targets/$id" params={{ id: target.id }} search={{}} className="name">
                      {target.name}
                    </Link>{' '}
                    {target.paused && <span className="tag">{t('outcome.paused')}</span>}
                  </td>
                  <td data-label={t('targets.address')}>
                    <span className="mono two-lines" title={checkAddress(target.check)}>
                      {checkAddress(target.check)}
                    </span>
                  </td>
                  <td
                    data-label={t('targets.group')}
                    className={target.group === '' && Object.keys(target.labels).length === 0 ? 'blank' : ''}
                  >
                    {target.group}{' '}
                    {Object.entries(target.labels).map(([name, value]) => (
                      <span key={name} className="tag" style={{ marginRight: 4 }}>
                        {name}={value}
                      </span>
                    ))}
                  </td>
                  <td data-label={t('targets.vantages')}>{target.vantages.join(', ')}</td>
                  <td className="num right" data-label={t('targets.interval')}>
                    {target.intervalS} s
                  </td>
                  <td>
                    {target.source === 'file' ? (
                      <span className="muted">{t('state.readOnly')}</span>
                    ) : (
                      mayWrite && (
                        <div className="row tight" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
                          <Button
                            size="compact-xs"
                            variant="default"
                            renderRoot={(props) => <Link to="/targets/$id/edit" params={{ id: target.id }} {...props} />}
                          >
                            {t('action.edit')}
                          </Button>
                          <Button size="compact-xs" variant="default" onClick={() => void pause(target)}>
                            {t(target.paused ? 'action.resume' : 'action.pause')}
                          </Button>
                          <Button
                            size="compact-xs"
                            variant="default"
                            onClick={() => setRemoved(target)}
                            aria-label={`${t('action.remove')} ${target.name}`}
                          >
                            {t('action.remove')}
                          </Button>
                        </div>
                      )
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {removed !== null && (
        <ConfirmDialog
          title={t('targets.removeTitle', { name: removed.name })}
          lead={t('targets.removeLead')}
          action={t('action.remove')}
          onClose={() => setRemoved(null)}
          onConfirm={async () => {
            await api.remove(`/targets/${encodeURIComponent(removed.id)}`);
            await refresh();
          }}
        />
      )}
    </div>
  );
}
