import { createInstance, type TFunction } from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import { en } from '../../language/en.ts';
import { zh } from '../../language/zh.ts';
import { actionText, subjectText } from './audit-words.ts';

let english: TFunction;
let chinese: TFunction;
beforeAll(async () => {
  const instance = createInstance();
  const resources = { en: { translation: en }, zh: { translation: zh } };
  await instance.init({ lng: 'en', resources, interpolation: { escapeValue: false } });
  english = instance.getFixedT('en');
  chinese = instance.getFixedT('zh');
});
const HOSTS = new Map([['h-1', 'web-1']]);
const search = (subject: object, action = 'commands.search') => ({ action, subject: JSON.stringify(subject) });

test('actions are words, and an action of a newer server its name', () => {
  expect(actionText(english, 'commands.export-proof')).toBe('Exported commands with proof');
  expect(actionText(chinese, 'session.begin')).toBe('已登录');
  expect(actionText(english, 'moon.landing')).toBe('moon.landing');
});

test('a search is told in words, its hosts by name', () => {
  const asked = { hosts: ['h-1', 'h-9'], users: ['ann', 'bob'], exit: 'failed', hidden: 'leading-space', q: 'rm "-rf /"' };
  expect(subjectText(english, search(asked), HOSTS)).toBe(
    'Host: web-1, h-9 · User: ann, bob · Outcome: failed · Hidden from history: hidden: leading space · Words: rm "-rf /"',
  );
  expect(subjectText(chinese, search({ exit: 127 }, 'commands.export'), HOSTS)).toMatch(/: 127$/);
  expect(subjectText(english, search({ from: 0 }), HOSTS)).toMatch(/^Time: 1970-01-01 .* – $/);
  expect(subjectText(english, search({}, 'commands.watch'), HOSTS)).toBe('All commands');
});

test('what is no search, or only half of one, stands as it is', () => {
  expect(subjectText(english, { action: 'commands.search', subject: '{"q":"cut o' }, HOSTS)).toBe('{"q":"cut o');
  expect(subjectText(english, { action: 'commands.session', subject: 'h-1 s-4' }, HOSTS)).toBe('web-1 s-4');
  expect(subjectText(english, { action: 'target.change', subject: '{"q":1}' }, HOSTS)).toBe('{"q":1}');
});
