import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from '../../language/texts.ts';
import { EntryForm } from './EntryForm.tsx';

/** Makes the first account. */
export function SetupPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const isHere = /^(localhost|127\.|\[::1\])/.test(window.location.hostname);
  return (
    <EntryForm
      path="/setup"
      title={t('setup.title')}
      lead={t('setup.lead')}
      submit={t('setup.submit')}
      onDone={() => void navigate({ to: '/' })}
      fields={[
        { name: 'email', label: t('setup.email'), type: 'email', autoComplete: 'username' },
        { name: 'name', label: t('setup.name'), type: 'text', autoComplete: 'name' },
        {
          name: 'password',
          label: t('setup.password'),
          hint: t('setup.passwordHint'),
          type: 'password',
          autoComplete: 'new-password',
        },
        ...(isHere
          ? []
          : [
              {
                name: 'setupCode',
                label: t('setup.code'),
                hint: t('setup.codeHint'),
                type: 'text',
                autoComplete: 'off',
                isOptional: true,
              } as const,
            ]),
      ]}
    />
  );
}
