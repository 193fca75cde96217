import type { Host, HostGroup } from '@watchpost/contracts/api/audit';
import { Button, Select, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { ConfirmDialog } from '../../parts/ConfirmDialog.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { FormDialog, textOf } from '../../parts/FormDialog.tsx';
import { LoadError } from '../../parts/LoadError.tsx';
import { useMayWrite } from '../../parts/session.ts';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { EditHostDialog } from './EditHostDialog.tsx';
import { groupPath } from './group-path.ts';
import { HostsTable } from './HostsTable.tsx';
import { InstallDialog } from './InstallDialog.tsx';

/** The hosts of the command audit, their groups, and how completely they are recorded. */
export function HostsPage() {
  const { t } = useTranslation();
  if (!useMayWrite()) return <Empty title={t('commands.forbidden')} />;
  return <Hosts />;
}

function Hosts() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const hosts = useQuery(queries.hosts());
  const groups = useQuery(queries.hostGroups());
  const [isInstalling, setInstalling] = useState(false);
  const [edited, setEdited] = useState<Host | null>(null);
  const [group, setGroup] = useState<HostGroup | 'new' | null>(null);
  const [removed, setRemoved] = useState<HostGroup | null>(null);
  const all = groups.data ?? [];
  const again = async () => {
    await queryClient.invalidateQueries({ queryKey: ['hosts'] });
    await queryClient.invalidateQueries({ queryKey: ['host-groups'] });
  };
  const [parentId, setParentId] = useState<string | null>(null);
  return (
    <div className="stack">
      <div className="row spread">
        <PageTitle text={t('hosts.title')} />
        <div className="row tight">
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setParentId(null);
              setGroup('new');
            }}
          >
            {t('hosts.addGroup')}
          </Button>
          <Button size="xs" onClick={() => setInstalling(true)}>
            {t('hosts.install')}
          </Button>
        </div>
      </div>
      {hosts.error !== null && hosts.data === undefined && <LoadError error={hosts.error} onRetry={() => void hosts.refetch()} />}
      {hosts.isPending && <Bones height={200} />}
      {hosts.data?.length === 0 && (
        <div className="card">
          <Empty title={t('hosts.none')} lead={t('hosts.noneLead')}>
            <Button onClick={() => setInstalling(true)}>{t('hosts.install')}</Button>
          </Empty>
        </div>
      )}
      {hosts.data !== undefined && hosts.data.length > 0 && <HostsTable hosts={hosts.data} groups={all} onEdit={setEdited} />}
      {all.length > 0 && (
        <div className="card pad stack tight">
          <h2>{t('hosts.groups')}</h2>
          {all.map((each) => (
            <div key={each.id} className="row spread">
              <span>{groupPath(each, all)}</span>
              <span className="row tight">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  onClick={() => {
                    setParentId(each.parentId);
                    setGroup(each);
                  }}
                >
                  {t('action.edit')}
                </Button>
                <Button size="compact-xs" variant="subtle" color="red" onClick={() => setRemoved(each)}>
                  {t('action.remove')}
                </Button>
              </span>
            </div>
          ))}
        </div>
      )}
      {isInstalling && <InstallDialog onClose={() => setInstalling(false)} />}
      {edited !== null && <EditHostDialog host={edited} groups={all} onClose={() => setEdited(null)} />}
      {group !== null && (
        <FormDialog
          title={t('hosts.group')}
          submit={t('action.save')}
          onClose={() => setGroup(null)}
          onSubmit={async (form) => {
            const body = { name: textOf(form, 'name'), parentId };
            await (group === 'new' ? api.post('/host-groups', body) : api.put(`/host-groups/${group.id}`, body));
            await again();
            setGroup(null);
          }}
        >
          {(errorOf) => (
            <>
              <TextInput
                data-autofocus
                name="name"
                label={t('hosts.name')}
                defaultValue={group === 'new' ? '' : group.name}
                error={errorOf('name')}
                required
              />
              <Select
                label={t('hosts.parent')}
                data={all.filter((each) => each !== group).map((each) => ({ value: each.id, label: groupPath(each, all) }))}
                value={parentId}
                onChange={setParentId}
                error={errorOf('parentId')}
                clearable
              />
            </>
          )}
        </FormDialog>
      )}
      {removed !== null && (
        <ConfirmDialog
          title={t('hosts.removeGroup', { name: removed.name })}
          lead={t('hosts.removeGroupLead')}
          action={t('action.remove')}
          onClose={() => setRemoved(null)}
          onConfirm={async () => {
            await api.remove(`/host-groups/${removed.id}`);
            await again();
          }}
        />
      )}
    </div>
  );
}
