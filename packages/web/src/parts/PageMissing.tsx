import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

export function PageMissing() {
  const { t } = useTranslation();
  return (
    <main className="center">
      <div className="stack">
        <h1>{t('state.notFound')}</h1>
        <Link to="/">{t('nav.overview')}</Link>
      </div>
    </main>
  );
}
