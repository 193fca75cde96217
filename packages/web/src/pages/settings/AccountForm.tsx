import type { User } from '@watchpost/contracts/api/identity';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { ApiError, api } from '../../api/client.ts';
import { useErrorWords } from '../../language/error-words.ts';
import { textOf } from '../../parts/FormDialog.tsx';
import { LoadError } from '../../parts/LoadError.tsx';

/** One's own name and password. */
export function AccountForm({ user }: { readonly user: User }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { rule } = useErrorWords();
  const [error, setError] = useState<unknown>(null);
  const [isSaving, setSaving] = useState(false);
  const [isSaved, setSaved] = useState(false);
  const issues = error instanceof ApiError ? error.body.issues : [];
  const errorOf = (field: string) => {
    const issue = issues.find((each) => each.field === field);
    return issue === undefined ? undefined : rule(issue.rule);
  };
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    const newPassword = textOf(form, 'newPassword');
    setSaving(true);
    setSaved(false);
    try {
      await api.patch<User>('/session/user', {
        name: textOf(form, 'name'),
        ...(newPassword === '' ? {} : { newPassword, currentPassword: textOf(form, 'currentPassword') }),
      });
      for (const field of element.querySelectorAll<HTMLInputElement>('input[name$="Password"]')) field.value = '';
      await queryClient.invalidateQueries({ queryKey: ['session'] });
      setError(null);
      setSaved(true);
    } catch (failure) {
      setError(failure);
    }
    setSaving(false);
  };
  return (
    <form className="card pad stack" onSubmit={(event) => void save(event)}>
      <h2>{t('settings.account')}</h2>
      <div className="muted">
        {user.email} · {t(`role.${user.role}`)}
      </div>
      <input type="hidden" name="username" autoComplete="username" value={user.email} readOnly />
      <TextInput
        name="name"
        label={t('people.name')}
        defaultValue={user.name}
        autoComplete="name"
        required
        withAsterisk={false}
        error={errorOf('name')}
      />
      <div className="two">
        <PasswordInput
          name="currentPassword"
          label={t('settings.currentPassword')}
          autoComplete="current-password"
          error={errorOf('currentPassword')}
        />
        <PasswordInput
          name="newPassword"
          label={t('settings.newPassword')}
          placeholder={t('setup.passwordHint')}
          autoComplete="new-password"
          error={errorOf('newPassword')}
        />
      </div>
      <p className="muted" style={{ margin: 0, fontSize: 12.5 }}>
        {t('settings.passwordHint')}
      </p>
      {error !== null && issues.length === 0 && <LoadError error={error} title={t('state.refused')} />}
      <div className="row">
        <Button type="submit" size="xs" loading={isSaving}>
          {t('action.save')}
        </Button>
        <span role="status" className="state-up">
          {isSaved && t('state.saved')}
        </span>
      </div>
    </form>
  );
}
