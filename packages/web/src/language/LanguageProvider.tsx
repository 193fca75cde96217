import type { i18n } from 'i18next';
import { type ReactNode, useEffect, useState } from 'react';
import { TextsContext, textsOf } from './texts.ts';

/** Gives the texts to the page, and those of another language when it is chosen. */
export function LanguageProvider({ language, children }: { readonly language: i18n; readonly children: ReactNode }) {
  const [texts, setTexts] = useState(() => textsOf(language));
  useEffect(() => {
    const change = () => setTexts(textsOf(language));
    language.on('languageChanged', change);
    return () => language.off('languageChanged', change);
  }, [language]);
  return <TextsContext value={texts}>{children}</TextsContext>;
}
