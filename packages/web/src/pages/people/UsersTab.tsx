import type { User } from '@watchpost/contracts/api/identity';
import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { ConfirmDialog } from '../../parts/ConfirmDialog.tsx';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { moment } from '../../parts/moment.ts';
import { ListTable } from './ListTable.tsx';
import { useRoleOptions } from './role-options.ts';

export function UsersTab() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const users = useQuery(queries.users());
  const roles = useRoleOptions();
  const [edited, setEdited] = useState<User | 'new' | null>(null);
  const [removed, setRemoved] = useState<User | null>(null);
  const user = edited === 'new' ? null : edited;
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['users'] });
  return (
    <div className="stack">
      <div>
        <Button size="xs" onClick={() => setEdited('new')}>
          {t('people.addUser')}
        </Button>
      </div>
      <ListTable
        label={t('people.users')}
        list={users}
        columns={[t('people.name'), t('people.email'), t('people.role'), t('people.created'), '']}
        rowKey={(item) => item.id}
        cells={(item) => [
          <strong key="name">{item.name}</strong>,
          item.email,
          t(`role.${item.role}`),
          <span key="created" className="num">
            {moment(item.createdAt, false)}
          </span>,
          <div key="actions" className="row tight" style={{ justifyContent: 'flex-end' }}>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => setEdited(item)}
              aria-label={`${t('action.edit')} ${item.name}`}
            >
              {t('action.edit')}
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => setRemoved(item)}
              aria-label={`${t('action.remove')} ${item.name}`}
            >
              {t('action.remove')}
            </Button>
          </div>,
        ]}
      />
      {edited !== null && (
        <FormDialog
          title={user === null ? t('people.addUser') : `${t('action.edit')} – ${user.email}`}
          submit={t('action.save')}
          onClose={() => setEdited(null)}
          onSubmit={async (form) => {
            const body = Object.fromEntries([...form].filter(([, value]) => value !== ''));
            if (user === null) await api.post('/users', body);
            else await api.patch(`/users/${encodeURIComponent(user.id)}`, body);
            await refresh();
            setEdited(null);
          }}
        >
          {(errorOf) => (
            <>
              {user === null && (
                <TextInput
                  data-autofocus
                  name="email"
                  type="email"
                  label={t('people.email')}
                  required
                  withAsterisk={false}
                  error={errorOf('email')}
                />
              )}
              <TextInput
                name="name"
                label={t('people.name')}
                defaultValue={user?.name ?? ''}
                required
                withAsterisk={false}
                error={errorOf('name')}
              />
              <Select
                name="role"
                label={t('people.role')}
                allowDeselect={false}
                defaultValue={user?.role ?? 'viewer'}
                data={roles}
                error={errorOf('role')}
              />
              <PasswordInput
                name="password"
                label={t('people.password')}
                description={t('setup.passwordHint')}
                autoComplete="new-password"
                required={user === null}
                withAsterisk={false}
                error={errorOf('password')}
              />
            </>
          )}
        </FormDialog>
      )}
      {removed !== null && (
        <ConfirmDialog
          title={t('people.removeUser', { name: removed.email })}
          lead={t('people.removeLead')}
          action={t('action.remove')}
          onClose={() => setRemoved(null)}
          onConfirm={async () => {
            await api.remove(`/users/${encodeURIComponent(removed.id)}`);
            await refresh();
          }}
        />
      )}
    </div>
  );
}
