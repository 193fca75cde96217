import { SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from '../../language/texts.ts';
import { queries } from '../../api/queries.ts';
import { Shortcuts } from '../../parts/Shortcuts.tsx';
import { PageTitle } from '../../parts/PageTitle.tsx';
import { AccountForm } from './AccountForm.tsx';
import { chooseLanguage, useLanguage } from '../../language/language.ts';

const SCHEMES = ['auto', 'light', 'dark'] as const;

/** Language and theme of this browser, one's own account, and the keys. */
export function SettingsPage() {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { data: session } = useQuery(queries.session());
  return (
    <div className="stack" style={{ maxWidth: 560 }}>
      <PageTitle text={t('settings.title')} />
      <section className="card pad stack">
        <div className="row spread">
          <h2 id="language">{t('settings.language')}</h2>
          <SegmentedControl
            aria-labelledby="language"
            value={language}
            onChange={(value) => void chooseLanguage(i18n, value === 'zh' ? 'zh' : 'en')}
            data={[
              { value: 'en', label: 'English' },
              { value: 'zh', label: '中文' },
            ]}
          />
        </div>
        <div className="row spread">
          <h2 id="theme">{t('settings.theme')}</h2>
          <SegmentedControl
            aria-labelledby="theme"
            value={colorScheme}
            onChange={(value) => setColorScheme(SCHEMES.find((scheme) => scheme === value) ?? 'auto')}
            data={SCHEMES.map((value) => ({ value, label: t(`settings.${value}`) }))}
          />
        </div>
      </section>
      {session?.user != null && <AccountForm user={session.user} />}
      <section className="card pad stack">
        <h2>{t('settings.keys')}</h2>
        <Shortcuts />
      </section>
      <p className="muted" style={{ margin: 0 }}>
        Watchpost {session?.version} ·{' '}
        <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
          OpenAPI
        </a>
      </p>
    </div>
  );
}
