import { useRouter, useSearch } from '@tanstack/react-router';
import { useTranslation } from '../../language/texts.ts';
import { EntryForm } from './EntryForm.tsx';

export function LoginPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const { to } = useSearch({ from: '/login' });
  return (
    <EntryForm
      path="/session"
      title={t('login.title')}
      submit={t('login.submit')}
      onDone={() => router.history.push(to ?? '/')}
      fields={[
        { name: 'email', label: t('setup.email'), type: 'email', autoComplete: 'username' },
        { name: 'password', label: t('setup.password'), type: 'password', autoComplete: 'current-password' },
      ]}
    />
  );
}
