import type { i18n, TFunction } from 'i18next';
import { createContext, useContext } from 'react';

/** `t` gives the text of a key in the language of the page. A new object for another language, so that all is drawn again. */
export type Texts = { readonly t: TFunction; readonly i18n: i18n };

export const TextsContext = createContext<Texts | null>(null);

/** The texts of the page now. */
export function useTranslation(): Texts {
  const texts = useContext(TextsContext);
  if (texts === null) throw new Error('There are no texts outside of LanguageProvider');
  return texts;
}

type Translate = (key: string, options?: Record<string, unknown>) => string;

/** Texts without figures in them are looked up once: a table asks for the same few in each of its rows. */
export function textsOf(instance: i18n): Texts {
  const translate = instance.t as unknown as Translate;
  const known = new Map<string, string>();
  const t: Translate = (key, options) => {
    if (options !== undefined) return translate(key, options);
    const text = known.get(key) ?? translate(key);
    known.set(key, text);
    return text;
  };
  return { t: t as unknown as TFunction, i18n: instance };
}
