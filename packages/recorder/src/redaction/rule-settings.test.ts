import { expect, test } from 'vitest';
import { createRedactor } from './redactor.ts';
import { redactionSettingsSchema, requiredLiteral, rulesInForce } from './rule-settings.ts';

const key = Buffer.alloc(32, 7);

test('rules of the settings come on top, take the place of usual ones, and usual ones can be left out', () => {
  const settings = redactionSettingsSchema.parse({
    rules: [
      { name: 'employee', pattern: 'EMP-[0-9]{6}' },
      { name: 'door-code', pattern: '(open|unlock) --code ([0-9]+)', group: 2 },
      { name: 'aws-key', pattern: 'MINE[0-9]+' },
    ],
    disable: ['mysql-password'],
  });
  const { redact } = createRedactor({ key, rules: rulesInForce(settings) });
  expect(redact('show EMP-123456 x').text).toBe('show ********** x');
  expect(redact('unlock --code 4711 now').text).toBe('unlock --code **** now');
  expect(redact('a AKIAIOSFODNN7EXAMPLE MINE42').text).toBe('a AKIAIOSFODNN7EXAMPLE ******');
  expect(redact('mysql -u root -pS3cret shop').text).toBe('mysql -u root -pS3cret shop');
  expect(redact('sshpass -p S3cret ssh a').text).toBe('sshpass -p ****** ssh a');
});

test('a bad rule is refused by its field', () => {
  const refused = (value: object) =>
    redactionSettingsSchema.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const rule = { name: 'a', pattern: 'ab' };
  expect(refused({ rules: [{ ...rule, pattern: '(?=a)b' }] })?.[0]).toMatch(/^rules\.0\.pattern: must be an RE2 pattern/);
  expect(refused({ rules: [{ ...rule, pattern: 'a(' }] })?.[0]).toMatch(/^rules\.0\.pattern: must be an RE2 pattern/);
  expect(refused({ rules: [{ ...rule, pattern: 'a*' }] })).toEqual(['rules.0.pattern: must not match an empty text']);
  expect(refused({ rules: [{ ...rule, group: 1 }] })).toEqual(['rules.0.group: the pattern has 0 groups']);
  expect(refused({ rules: [rule, rule] })).toEqual(['rules.1.name: must be used once']);
  expect(refused({ rules: [{ ...rule, name: 'A b' }] })?.[0]).toMatch(/^rules\.0\.name: must be small letters/);
  expect(refused({ disable: ['no-such-rule'] })?.[0]).toMatch(/^disable\.0/);
});

test('the text that a pattern needs is found, or none is claimed', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['EMP-[0-9]{6}', 'EMP-'],
    ['(a|b)door --code ([0-9]+)', 'door --code '],
    ['abc|def', ''],
    ['colou?r-x', 'colo'],
    ['ab*cdef', 'cdef'],
    ['ab{0,3}cde', 'cde'],
    [String.raw`a\.b\sxyz`, 'a.b'],
    [String.raw`\x41\x42hello`, ''],
    ['[a-z]]tail', ']tail'],
    ['[]a]tail', 'tail'],
    ['(?i)(secret)', ''],
    ['a+', ''],
  ];
  for (const [pattern, literal] of cases) expect([pattern, requiredLiteral(pattern)]).toEqual([pattern, literal]);
});
