import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import { targetInputSchema, vantageInputSchema } from '@watchpost/contracts/targets/target';
import { createInstance, type TFunction } from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { en } from '../../language/en.ts';
import { answerText, failureText, ruleText } from '../../language/error-words.ts';
import { zh } from '../../language/zh.ts';
import { zhErrors } from '../../language/zh-errors.ts';
import { fieldLabel, formField } from './form-fields.ts';
import { EMPTY_FORM, newRule, RULE_TYPES, type RuleFields, toDraft } from './target-form.ts';

let english: TFunction;
let chinese: TFunction;
beforeAll(async () => {
  const instance = createInstance();
  await instance.init({ lng: 'en', resources: { en: { translation: en }, zh: { translation: zh } } });
  english = instance.getFixedT('en');
  chinese = instance.getFixedT('zh');
});

const empty = (type: (typeof RULE_TYPES)[number]): RuleFields =>
  Object.fromEntries(
    Object.entries(newRule(type)).map(([name, value]) => [name, name === 'type' || value === false ? value : '']),
  ) as RuleFields;

function issuesOf(form: Partial<typeof EMPTY_FORM>) {
  const draft = toDraft({ ...EMPTY_FORM, ...form }, false);
  const parsed = targetInputSchema.safeParse(draft);
  return parsed.success ? [] : fieldIssues(parsed.error, draft);
}

describe('whatever is wrong in the form is said with its labels, in both languages', () => {
  const WRONG: readonly Partial<typeof EMPTY_FORM>[] = [
    { url: 'x', connectTimeoutMs: 1, totalTimeoutMs: '', maxRedirects: 1.5, maxBodyBytes: -1, headers: ': x' },
    { auth: 'bearer', token: 'x'.repeat(9_000), resolver: 'x'.repeat(200), method: 'FOO' },
    { kind: 'tcp', host: 'a b', port: 99_999, intervalS: 4, name: 'x'.repeat(201), group: '/a/', labels: '1=x', alarmMs: 0 },
    { kind: 'dns', dnsName: '', recordType: 'X' },
    { kind: 'icmp', host: 'a', count: 99, vantages: Array.from({ length: 65 }, () => 'ct') },
    { kind: 'tls', host: 'a', caPem: 'x'.repeat(70_000) },
    ...RULE_TYPES.map((type): Partial<typeof EMPTY_FORM> => ({
      kind: type === 'dns-answer' ? 'dns' : type === 'max-loss' ? 'icmp' : 'http',
      rules: [empty(type)],
    })),
  ];
  test.each(WRONG)('%#', (form) => {
    const issues = issuesOf(form);
    expect(issues).not.toEqual([]);
    for (const { field, rule } of issues) {
      const label = fieldLabel(english, field, form.rules ?? []);
      expect(label).not.toBe(field);
      expect(ruleText(english, undefined, rule)).not.toMatch(/expected|received|Invalid/);
      expect(ruleText(chinese, zhErrors, rule), rule).toMatch(/\p{Script=Han}/u);
      expect(fieldLabel(chinese, field, form.rules ?? [])).not.toBe(field);
    }
  });
});

test('a vantage point, too', () => {
  const parsed = vantageInputSchema.safeParse({ code: 'X X', name: '', color: 'red' });
  for (const { message } of parsed.error?.issues ?? []) expect(ruleText(chinese, zhErrors, message)).toMatch(/\p{Script=Han}/u);
});

test('a field of the API finds its place and its label', () => {
  expect(formField('check.headers.0.name')).toBe('headers');
  expect(formField('check.auth.username')).toBe('username');
  expect(fieldLabel(english, 'check.rules.0.expect', [newRule('status')])).toBe('Status is: Statuses');
  expect(fieldLabel(english, 'labels.1', [])).toBe('Labels');
  expect(fieldLabel(english, 'surplus', [])).toBe('surplus');
});

test('what servers and probes say: as it comes in English, known sentences first in 中文', () => {
  const body = { code: 'conflict', issues: [], requestId: '' };
  const message = 'It exists already, or was changed in between: one administrator must remain';
  expect(answerText(undefined, { ...body, message })).toBe(message);
  expect(answerText(zhErrors, { ...body, message })).toBe('已存在，或已被他人修改：必须保留一名管理员');
  expect(answerText(zhErrors, { ...body, code: 'not-found', message: 'There is no such thing' })).toBe('不存在');
  expect(answerText(zhErrors, { ...body, code: 'brand-new', message: 'New' })).toBe('New');
  expect(failureText(undefined, 'reset', 'peer')).toBe('peer');
  expect(failureText(zhErrors, 'reset', 'peer')).toBe('连接被重置：peer');
  expect(failureText(zhErrors, 'reset', null)).toBe('连接被重置');
  expect(failureText(zhErrors, 'brand-new', null)).toBe('brand-new');
});
