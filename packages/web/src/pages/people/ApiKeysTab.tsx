import type { ApiKey } from '@watchpost/contracts/api/identity';
import { Button, NumberInput, Select, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { ConfirmDialog } from '../../parts/ConfirmDialog.tsx';
import { CopyText } from '../../parts/CopyText.tsx';
import { FormDialog, textOf } from '../../parts/FormDialog.tsx';
import { moment } from '../../parts/moment.ts';
import { ListTable } from './ListTable.tsx';
import { useRoleOptions } from './role-options.ts';

const VALID_DAYS = 365;

export function ApiKeysTab() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const keys = useQuery(queries.apiKeys());
  const roles = useRoleOptions();
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const [removed, setRemoved] = useState<ApiKey | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['api-keys'] });
  return (
    <div className="stack">
      <div>
        <Button size="xs" onClick={() => setAdding(true)}>
          {t('people.addKey')}
        </Button>
      </div>
      <ListTable
        label={t('people.keys')}
        list={keys}
        columns={[t('people.name'), t('people.start'), t('people.role'), t('people.expires'), t('people.used'), '']}
        rowKey={(item) => item.id}
        cells={(item) => [
          <strong key="name">{item.name}</strong>,
          <span key="start" className="mono">
            {item.start}…
          </span>,
          t(`role.${item.role}`),
          item.expiresAt === null ? t('state.never') : moment(item.expiresAt, false),
          item.lastUsedAt === null ? t('state.never') : moment(item.lastUsedAt, false),
          <Button
            key="remove"
            size="compact-xs"
            variant="default"
            onClick={() => setRemoved(item)}
            aria-label={`${t('action.remove')} ${item.name}`}
          >
            {t('action.remove')}
          </Button>,
        ]}
      />
      {isAdding && (
        <FormDialog
          title={t('people.addKey')}
          submit={t('action.add')}
          onClose={() => setAdding(false)}
          onSubmit={async (form) => {
            const days = textOf(form, 'expiresInDays');
            const body = {
              name: textOf(form, 'name'),
              role: textOf(form, 'role'),
              expiresInDays: days === '' ? null : Number(days),
            };
            const key = await api.post<{ readonly key: string }>('/api-keys', body);
            setAdding(false);
            setMade(key.key);
            await refresh();
          }}
        >
          {(errorOf) => (
            <>
              <TextInput
                name="name"
                label={t('people.name')}
                required
                withAsterisk={false}
                error={errorOf('name')}
                data-autofocus
              />
              <Select
                name="role"
                label={t('people.role')}
                allowDeselect={false}
                defaultValue="viewer"
                data={roles}
                error={errorOf('role')}
              />
              <NumberInput
                name="expiresInDays"
                label={t('people.days')}
                defaultValue={VALID_DAYS}
                min={1}
                max={3650}
                error={errorOf('expiresInDays')}
              />
            </>
          )}
        </FormDialog>
      )}
      {made !== null && (
        <Dialog title={t('people.addKey')} onClose={() => setMade(null)}>
          <div className="stack">
            <p style={{ margin: 0 }}>{t('people.keyLead')}</p>
            <CopyText text={made} />
          </div>
        </Dialog>
      )}
      {removed !== null && (
        <ConfirmDialog
          title={t('people.removeKey', { name: removed.name })}
          lead={t('people.removeLead')}
          action={t('action.remove')}
          onClose={() => setRemoved(null)}
          onConfirm={async () => {
            await api.remove(`/api-keys/${encodeURIComponent(removed.id)}`);
            await refresh();
          }}
        />
      )}
    </div>
  );
}
