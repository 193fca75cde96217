import { createInstance, type i18n } from 'i18next';
import { en } from './en.ts';
import { ERRORS } from './error-words.ts';
import { useTranslation } from './texts.ts';

export type Language = 'en' | 'zh';

declare module 'i18next' {
  interface CustomTypeOptions {
    readonly resources: { readonly translation: typeof en };
    readonly returnNull: false;
  }
}

const STORED = 'watchpost-language';

export function wantedLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** 中文 is loaded only by those who read it. */
async function addTexts(instance: i18n, language: Language): Promise<void> {
  if (language === 'en' || instance.hasResourceBundle('zh', 'translation')) return;
  const [{ zh }, { zhErrors }] = await Promise.all([import('./zh.ts'), import('./zh-errors.ts')]);
  instance.addResourceBundle('zh', 'translation', zh);
  instance.addResourceBundle('zh', ERRORS, zhErrors);
}

export async function createLanguage(): Promise<i18n> {
  const instance = createInstance();
  await instance.init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  await chooseLanguage(instance, wantedLanguage(), false);
  return instance;
}

export async function chooseLanguage(instance: i18n, language: Language, isStored = true): Promise<void> {
  await addTexts(instance, language);
  await instance.changeLanguage(language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  if (isStored) localStorage.setItem(STORED, language);
}

/** The language of the page now. */
export function useLanguage(): Language {
  return useTranslation().i18n.language === 'zh' ? 'zh' : 'en';
}
