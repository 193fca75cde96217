import { type Rule, ruleSchema } from '@watchpost/contracts/targets/rule';
import { describe, expect, it } from 'vitest';
import { evaluateRules, rulesNeedBody } from './evaluate-rules.ts';
import type { Evidence } from './evidence.ts';
import { validateRule } from './validate-rule.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  kind: 'http',
  status: 200,
  headers: [
    ['Content-Type', 'application/json'],
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['Age', '30'],
  ],
  body: Buffer.from('{"state":"ok","count":3,"items":[{"n":"a","up":true},{"n":"b","up":false}],"none":null}'),
  bodyTruncated: false,
  phases: { redirectUs: 0, dnsUs: 1_000, connectUs: 2_000, tlsUs: null, requestUs: 100, waitUs: 20_000, receiveUs: 500 },
  totalUs: 23_600,
  certExpiresAt: NOW + 20 * DAY,
  answers: null,
  lossRatio: null,
  nowMs: NOW,
  ...changes,
});
const rule = (input: unknown): Rule => ruleSchema.parse(input);
const text = (body: string, truncated = false) => ({ body: Buffer.from(body), bodyTruncated: truncated });
const dns = { kind: 'dns' as const, answers: ['192.0.2.1', 'Mail.Example.org.'] };
const ping = (lossRatio: number | null) => ({ kind: 'icmp' as const, status: null, lossRatio });

type Row = [rule: object, changes: Partial<Evidence>, code: string | null];
const HASH_OF_HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

const ROWS: readonly Row[] = [
  [{ type: 'status', expect: '200-299' }, {}, null],
  [{ type: 'status', expect: '200, 204,301 - 308' }, { status: 302 }, null],
  [{ type: 'status', expect: '404' }, { status: 404 }, null],
  [{ type: 'status', expect: '200,204' }, { status: 203 }, 'status'],
  [{ type: 'status', expect: '200' }, { status: null }, 'status'],
  [{ type: 'body-equals', value: 'OK' }, text('OK'), null],
  [{ type: 'body-equals', value: 'OK' }, text('OK\n'), 'body-mismatch'],
  [{ type: 'body-equals', value: 'né' }, text('né'), null],
  [{ type: 'body-equals', value: '' }, { body: null }, null],
  [{ type: 'body-equals', value: 'OKOK' }, text('OK', true), 'body-truncated'],
  [{ type: 'body-equals', value: 'NOPE' }, text('OK', true), 'body-mismatch'],
  [{ type: 'body-contains', value: 'state' }, {}, null],
  [{ type: 'body-contains', value: 'gone' }, {}, 'body-mismatch'],
  [{ type: 'body-contains', value: 'gone', negate: true }, {}, null],
  [{ type: 'body-contains', value: 'state', negate: true }, {}, 'body-mismatch'],
  [{ type: 'body-contains', value: 'gone' }, text('abc', true), 'body-truncated'],
  [{ type: 'body-contains', value: 'gone', negate: true }, text('abc', true), 'body-truncated'],
  [{ type: 'body-contains', value: 'b' }, text('abc', true), null],
  [{ type: 'body-regex', pattern: '"count":\\d+' }, {}, null],
  [{ type: 'body-regex', pattern: '^x' }, {}, 'body-mismatch'],
  [{ type: 'body-regex', pattern: '(?i)STATE', negate: true }, {}, 'body-mismatch'],
  [{ type: 'body-regex', pattern: 'x$' }, text('abc', true), 'body-truncated'],
  [{ type: 'json-path', path: '$.state', compare: 'equals', value: 'ok' }, {}, null],
  [{ type: 'json-path', path: '$.count', compare: 'equals', value: '3.0' }, {}, null],
  [{ type: 'json-path', path: '$.count', compare: 'greater', value: '2' }, {}, null],
  [{ type: 'json-path', path: '$.count', compare: 'less', value: '3' }, {}, 'json-mismatch'],
  [{ type: 'json-path', path: '$.state', compare: 'less', value: '3' }, {}, 'json-mismatch'],
  [{ type: 'json-path', path: '$.none', compare: 'exists' }, {}, null],
  [{ type: 'json-path', path: '$.none', compare: 'equals', value: 'null' }, {}, null],
  [{ type: 'json-path', path: '$.missing', compare: 'exists' }, {}, 'json-mismatch'],
  [{ type: 'json-path', path: '$.missing', compare: 'not-equals', value: 'x' }, {}, 'json-mismatch'],
  [{ type: 'json-path', path: '$.items[*].n', compare: 'equals', value: 'b' }, {}, null],
  [{ type: 'json-path', path: '$.items[*].n', compare: 'not-equals', value: 'b' }, {}, 'json-mismatch'],
  [{ type: 'json-path', path: '$.items[0]', compare: 'equals', value: '{"up":true,"n":"a"}' }, {}, null],
  [{ type: 'json-path', path: '$.items[?@.up==false].n', compare: 'matches', value: '^b$' }, {}, null],
  [{ type: 'json-path', path: '$.items[?match(@.n,"[bc]")].n', compare: 'contains', value: 'b' }, {}, null],
  [{ type: 'json-path', path: '$.a', compare: 'exists' }, text('<html>'), 'json-mismatch'],
  [{ type: 'json-path', path: '$.a', compare: 'exists' }, { body: null }, 'json-mismatch'],
  [{ type: 'json-path', path: '$.a', compare: 'exists' }, text('{"a":1', true), 'body-truncated'],
  [{ type: 'header', name: 'content-type', compare: 'contains', value: 'json' }, {}, null],
  [{ type: 'header', name: 'Set-Cookie', compare: 'equals', value: 'b=2' }, {}, null],
  [{ type: 'header', name: 'Set-Cookie', compare: 'not-equals', value: 'b=2' }, {}, 'header-mismatch'],
  [{ type: 'header', name: 'age', compare: 'less', value: '31' }, {}, null],
  [{ type: 'header', name: 'x-none', compare: 'exists' }, {}, 'header-mismatch'],
  [{ type: 'max-time', phase: 'totalUs', maxMs: 23.6 }, {}, null],
  [{ type: 'max-time', phase: 'totalUs', maxMs: 23 }, {}, 'slow'],
  [{ type: 'max-time', phase: 'tlsUs', maxMs: 1 }, {}, null],
  [{ type: 'max-time', phase: 'waitUs', maxMs: 19.9 }, {}, 'slow'],
  [{ type: 'certificate', minDays: 20 }, {}, null],
  [{ type: 'certificate', minDays: 21 }, {}, 'certificate-expires-soon'],
  [{ type: 'certificate', minDays: 0 }, { certExpiresAt: NOW - 1 }, 'certificate-expires-soon'],
  [{ type: 'certificate', minDays: 0 }, { certExpiresAt: null }, 'certificate-expires-soon'],
  [{ type: 'body-hash', sha256: HASH_OF_HELLO }, text('hello'), null],
  [{ type: 'body-hash', sha256: HASH_OF_HELLO }, text('hello!'), 'body-hash-mismatch'],
  [{ type: 'body-hash', sha256: HASH_OF_HELLO }, { body: null, bodySha256: HASH_OF_HELLO }, null],
  [{ type: 'body-hash', sha256: HASH_OF_HELLO }, text('hello', true), 'body-truncated'],
  [{ type: 'dns-answer', values: ['192.0.2.1', 'mail.example.org'] }, dns, null],
  [{ type: 'dns-answer', values: ['192.0.2.2'] }, dns, 'dns-answer-mismatch'],
  [{ type: 'max-loss', ratio: 0.34 }, ping(1 / 3), null],
  [{ type: 'max-loss', ratio: 0 }, ping(1 / 3), 'ping-loss'],
  [{ type: 'max-loss', ratio: 1 }, ping(null), 'ping-loss'],
];

describe('evaluateRules', () => {
  it.each(ROWS)('%j over %j gives %s', (input, changes, code) => {
    const found = evaluateRules([rule(input)], evidence(changes));
    expect(found.errorCode).toBe(code);
    expect(found.outcome).toBe(code === null ? 'up' : code === 'slow' ? 'degraded' : 'down');
    if (code !== null) expect(found.errorText).toMatch(/expected|cannot be decided/);
  });

  it('expects 200-299 of an HTTP answer without a status rule, and nothing of other kinds', () => {
    expect(evaluateRules([], evidence({ status: 301 })).errorText).toBe('status: expected 200-299, got 301');
    expect(evaluateRules([], evidence({ status: 204 })).outcome).toBe('up');
    expect(evaluateRules([], evidence({ kind: 'tcp', status: null })).outcome).toBe('up');
  });

  it('lets the first broken down rule decide, and degraded only when none is down', () => {
    const slow = rule({ type: 'max-time', phase: 'totalUs', maxMs: 1 });
    const missing = rule({ type: 'body-contains', value: 'gone' });
    const hash = rule({ type: 'body-hash', sha256: '0'.repeat(64) });
    expect(evaluateRules([slow, missing, hash], evidence()).errorCode).toBe('body-mismatch');
    expect(evaluateRules([slow, hash, missing], evidence()).errorCode).toBe('body-hash-mismatch');
    expect(evaluateRules([slow], evidence())).toMatchObject({ outcome: 'degraded', fault: 'target', errorCode: 'slow' });
  });

  it('says unknown, not down, for a rule of another kind of check', () => {
    expect(evaluateRules([rule({ type: 'max-loss', ratio: 0 })], evidence())).toMatchObject({
      outcome: 'unknown',
      fault: 'probe',
      errorCode: 'probe-unsupported',
    });
  });

  it('escapes and shortens what the target sent', () => {
    const hostile = `\u001b[2J\u202e\n${'x'.repeat(100_000)}`;
    const { errorText } = evaluateRules([rule({ type: 'body-equals', value: 'OK' })], evidence(text(hostile)));
    expect(errorText?.length).toBeLessThan(300);
    expect(errorText).toContain('\\u001b[2J\\u202e\\nxxx');
    expect(errorText).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('knows which rules need the body', () => {
    expect(rulesNeedBody([rule({ type: 'status', expect: '200' }), rule({ type: 'certificate', minDays: 1 })])).toBe(false);
    expect(rulesNeedBody([rule({ type: 'status', expect: '200' }), rule({ type: 'body-contains', value: 'x' })])).toBe(true);
  });
});

describe('validateRule', () => {
  it.each([
    [{ type: 'body-regex', pattern: '(' }, 'http', 'pattern', /RE2 syntax: missing closing \)/],
    [{ type: 'body-regex', pattern: '(?=a)' }, 'http', 'pattern', /RE2/],
    [{ type: 'body-regex', pattern: '(a{1000}){1000}' }, 'http', 'pattern', /RE2/],
    [{ type: 'json-path', path: 'a.b', compare: 'exists' }, 'http', 'path', /RFC 9535/],
    [{ type: 'json-path', path: '$..a..b', compare: 'exists' }, 'http', 'path', /only once/],
    [{ type: 'json-path', path: '$[?count($.*)>1]', compare: 'exists' }, 'http', 'path', /start/],
    [{ type: 'json-path', path: '$[*,*][*,*]', compare: 'exists' }, 'http', 'path', /one list/],
    [{ type: 'json-path', path: '$.a', compare: 'matches', value: '(' }, 'http', 'value', /RE2/],
    [{ type: 'header', name: 'a', compare: 'matches', value: '[' }, 'http', 'value', /RE2/],
    [{ type: 'status', expect: '299-200' }, 'http', 'expect', /lower/],
    [{ type: 'status', expect: '200' }, 'tcp', 'type', /tcp checks/],
    [{ type: 'max-loss', ratio: 0 }, 'http', 'type', /icmp/],
  ] as const)('refuses %j for %s, naming %s', (input, kind, field, expected) => {
    expect(validateRule(rule(input), kind)).toMatchObject({ field, rule: expect.stringMatching(expected) });
  });

  it('accepts ordinary rules', () => {
    for (const path of ["$['a..b']['$x']", '$..price', '$.items[?@.n == "a,b" && @.up].n', '$.a[1,2]', '$[0:3]']) {
      expect(validateRule(rule({ type: 'json-path', path, compare: 'exists' }), 'http'), path).toBeNull();
    }
  });
});

describe('hostile patterns and documents', () => {
  it.each(['(a+)+$', '(a|aa)+$', '(a?){50}a{50}$', '(a{30}){30}b', '(.*)*x'])('finishes %s on a long body', (pattern) => {
    const found = evaluateRules([rule({ type: 'body-regex', pattern })], evidence(text(`${'a'.repeat(3_000_000)}!`)));
    expect(['up', 'down']).toContain(found.outcome);
  });

  it('reads patterns inside JSON paths in linear time', () => {
    const path = '$[?search(@.a,"(a+)+$")]';
    const body = JSON.stringify([{ a: `${'a'.repeat(200_000)}!` }]);
    expect(evaluateRules([rule({ type: 'json-path', path, compare: 'exists' })], evidence(text(body))).errorCode).toBe(
      'json-mismatch',
    );
  });

  it('bears deep and wide documents', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const wide = `[${'1,'.repeat(300_000)}1]`;
    for (const body of [deep, wide]) {
      const found = evaluateRules([rule({ type: 'json-path', path: '$..zzz', compare: 'exists' })], evidence(text(body)));
      expect(found.errorCode).toBe('json-mismatch');
    }
  });
});
