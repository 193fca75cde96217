import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { LoadError } from './LoadError.tsx';
import { PageTitle } from './PageTitle.tsx';

/** A page that could not be shown. */
export function PageError({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <div className="center">
      <div className="narrow stack">
        <PageTitle text={t('state.failed')} />
        <LoadError title={t('state.reason')} error={error} onRetry={() => void router.invalidate()} />
      </div>
    </div>
  );
}
