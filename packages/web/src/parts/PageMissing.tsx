import { Link } from '@tanstack/react-router';
import { useTranslation } from '../language/texts.ts';
import { PageTitle } from './PageTitle.tsx';

export function PageMissing() {
  const { t } = useTranslation();
  return (
    <main className="center">
      <div className="stack">
        <PageTitle text={t('state.notFound')} />
        <Link to="/">{t('nav.overview')}</Link>
      </div>
    </main>
  );
}
