import { ruleSchema } from '@watchpost/contracts/targets/rule';
import { targetInputSchema, targetSchema } from '@watchpost/contracts/targets/target';
import { describe, expect, test } from 'vitest';
import { EMPTY_FORM, newRule, RULE_FIELDS, RULE_TYPES, toDraft, toForm } from './target-form.ts';

const meta = { id: 'x', source: 'page', createdAt: 0, updatedAt: 0 } as const;
const stored = (input: object) => targetSchema.parse({ ...targetInputSchema.parse(input), ...meta });

describe('a stored target goes through the form unchanged', () => {
  test.each([
    {
      kind: 'http',
      url: 'https://example.org/a?b=c',
      method: 'POST',
      headers: [{ name: 'x-a', value: 'b: c' }],
      body: 'text',
      auth: { type: 'basic', username: 'u', password: 'p' },
      rules: [
        { type: 'status', expect: '200,301-308' },
        { type: 'body-regex', pattern: 'a+', negate: true },
        { type: 'json-path', path: '$.a', compare: 'less', value: '5' },
        { type: 'max-time', phase: 'waitUs', maxMs: 250.5 },
        { type: 'certificate', minDays: 14 },
      ],
    },
    { kind: 'tcp', host: 'db', port: 5432 },
    { kind: 'tls', host: 'db', port: 443, serverName: 'x', tlsVerify: false },
    { kind: 'dns', name: 'example.org', recordType: 'MX', rules: [{ type: 'dns-answer', values: ['a', 'b'] }] },
    { kind: 'icmp', host: '::1', count: 5, ipFamily: 'both', resolver: '[::1]:53', rules: [{ type: 'max-loss', ratio: 0.2 }] },
  ])('$kind', (check) => {
    const target = stored({
      name: 'N',
      check,
      vantages: ['ct', 'cnc'],
      intervalS: 5,
      group: 'a/b',
      labels: { team: 'x=y' },
      alarmMs: 3.5,
    });
    const { id: _, source: __, createdAt: ___, updatedAt: ____, ...input } = target;
    expect(targetInputSchema.parse(toDraft(toForm(target), target.paused))).toEqual(input);
  });
});

test('an empty form with a URL and a vantage point is a target, named by its host', () => {
  const draft = targetInputSchema.parse(toDraft({ ...EMPTY_FORM, url: 'https://example.org/x', vantages: ['ct'] }, false));
  expect(draft.name).toBe('example.org');
});

test('every rule of the contract has its fields in the form', () => {
  const types = ruleSchema.options.map((option) => option.shape.type.value);
  expect(RULE_TYPES.toSorted()).toEqual(types.toSorted());
  for (const option of ruleSchema.options) {
    const { type, ...fields } = option.shape;
    expect(RULE_FIELDS[type.value].map((field) => field.name).toSorted()).toEqual(Object.keys(fields).toSorted());
    expect(newRule(type.value).type).toBe(type.value);
  }
});
