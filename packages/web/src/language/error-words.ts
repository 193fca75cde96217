import type { ErrorBody } from '@watchpost/contracts/api/error-body';
import type { TFunction } from 'i18next';
import { useTranslation } from './texts.ts';
import type { ErrorWords } from './zh-errors.ts';

/** Name of the bundle of {@link ErrorWords}. */
export const ERRORS = 'errors';

/** What the checks of the server say of a value, and the text of the page for it. The figure in it is its limit. */
const BROKEN = [
  [/^Too small: expected string to have >=1 characters$/, 'missing'],
  [/, received undefined$/, 'missing'],
  [/^Too small: expected string to have >=(\d+) characters$/, 'short'],
  [/^Too big: expected string to have <=(\d+) characters$/, 'long'],
  [/^Too small: expected array to have >=(\d+) items$/, 'few'],
  [/^Too big: expected array to have <=(\d+) items$/, 'many'],
  [/^Too small: expected (?:number|int) to be >=(.+)$/, 'least'],
  [/^Too small: expected (?:number|int) to be >(.+)$/, 'above'],
  [/^Too big: expected (?:number|int) to be <=(.+)$/, 'most'],
  [/^Invalid input: expected int,/, 'whole'],
  [/^Invalid input: expected number,/, 'number'],
  [/^Invalid (?:option|discriminator value)/, 'option'],
  [/^Invalid email/, 'email'],
  [/^Invalid key in record$/, 'names'],
] as const;

const own = (words: Readonly<Record<string, string>> | undefined, key: string): string | undefined =>
  words !== undefined && Object.hasOwn(words, key) ? words[key] : undefined;

/** The rule that a field broke, in the language of the page. */
export function ruleText(t: TFunction, words: ErrorWords | undefined, rule: string): string {
  for (const [pattern, key] of BROKEN) {
    const found = pattern.exec(rule);
    if (found !== null) return t(`broken.${key}`, { limit: found[1] ?? '' });
  }
  return own(words?.rules, rule) ?? rule;
}

/** Why a measurement failed: the sentence of its code, when the language has one, and what the probe says. */
export function failureText(words: ErrorWords | undefined, code: string | null, text: string | null): string {
  const known = code === null ? undefined : own(words?.failures, code);
  if (known === undefined) return text ?? code ?? '';
  return text === null ? known : `${known}：${text}`;
}

/** What the API says of a request that it refused. */
export function answerText(words: ErrorWords | undefined, { code, message }: ErrorBody): string {
  const known = own(words?.answers, code);
  if (words === undefined || known === undefined) return message;
  const english = words.english[code as keyof ErrorWords['english']].text;
  const detail = message.startsWith(`${english}: `) ? message.slice(english.length + 2) : '';
  return detail === '' ? known : `${known}：${own(words.details, detail) ?? detail}`;
}

/** The three in the language of the page. */
export function useErrorWords(): {
  readonly rule: (rule: string) => string;
  readonly failure: (code: string | null, text: string | null) => string;
  readonly answer: (body: ErrorBody) => string;
} {
  const { t, i18n } = useTranslation();
  const words = i18n.getResourceBundle(i18n.language, ERRORS) as ErrorWords | undefined;
  return {
    rule: (rule) => ruleText(t, words, rule),
    failure: (code, text) => failureText(words, code, text),
    answer: (body) => answerText(words, body),
  };
}
