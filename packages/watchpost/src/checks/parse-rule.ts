import type { CheckKind } from '@watchpost/contracts/results/result';
import { type Rule, ruleSchema } from '@watchpost/contracts/targets/rule';
import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import { validateRule } from '@watchpost/probe/rules/validate-rule';
import { parseDurationMs } from '../arguments/numbers.ts';
import { badArgument } from '../arguments/usage-error.ts';

/** The forms of `--rule`, for help texts. */
export const RULE_FORMS = [
  'status=200-299,304        the status is in the set',
  'body-equals=TEXT          the body is exactly the text',
  'body-contains=TEXT        the body holds the text (body-contains!=TEXT: does not)',
  'body-regex=PATTERN        the body matches (RE2 syntax; body-regex!=PATTERN: does not)',
  'json:$.a.b=VALUE          the JSON value (RFC 9535 path) equals; also != ~ (contains) < > or nothing (exists)',
  'header:NAME=VALUE         the header equals; also != ~ < > or nothing',
  'max-total=500ms           degraded when slower; also max-dns -connect -tls -request -wait -receive -redirect',
  'certificate=14            the certificate is valid for at least so many days',
  'body-hash=HEX             SHA-256 of the body',
  'dns-answer=VALUE,VALUE    each value is among the DNS answers',
  'max-loss=0.1              share of lost echo requests',
  '{"type":"…",…}            a rule as the API knows it',
];

const OPERATORS = { '!=': 'not-equals', '=': 'equals', '~': 'contains', '<': 'less', '>': 'greater' } as const;

/** Reads a rule as it stands on the command line. Throws a UsageError that names the value and what is wrong. */
export function parseRule(argument: string, text: string, kind: CheckKind): Rule {
  const input = text.startsWith('{') ? parseObject(argument, text) : parseShort(argument, text);
  const parsed = ruleSchema.safeParse(input);
  if (!parsed.success) {
    const [issue] = fieldIssues(parsed.error, input);
    throw badArgument(argument, text, issue === undefined ? 'is not a rule' : `${issue.field}: ${issue.rule}`);
  }
  const problem = validateRule(parsed.data, kind);
  if (problem !== null) throw badArgument(argument, text, `${problem.field}: ${problem.rule}`);
  return parsed.data;
}

function parseObject(argument: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badArgument(argument, text, 'must be valid JSON when it begins with {');
  }
}

function parseShort(argument: string, text: string): unknown {
  const named = /^(json|header):/.exec(text);
  if (named?.[1] === 'json') return { type: 'json-path', ...compared(text.slice(5), 'path') };
  if (named?.[1] === 'header') return { type: 'header', ...compared(text.slice(7), 'name') };
  const match = /^([a-z-]+)(!?)=(.*)$/s.exec(text);
  const [, name, negation, value] = match ?? [];
  if (name === undefined || value === undefined) throw badArgument(argument, text, 'must be a rule as status=200 or json:$.a=1');
  const negate = negation === '!';
  if (negate && name !== 'body-contains' && name !== 'body-regex') {
    throw badArgument(argument, text, '!= is only for body-contains, body-regex, json: and header:');
  }
  switch (name) {
    case 'status':
      return { type: 'status', expect: value };
    case 'body-equals':
      return { type: 'body-equals', value };
    case 'body-contains':
      return { type: 'body-contains', value, negate };
    case 'body-regex':
      return { type: 'body-regex', pattern: value, negate };
    case 'certificate':
      return { type: 'certificate', minDays: Number(value) };
    case 'body-hash':
      return { type: 'body-hash', sha256: value.toLowerCase() };
    case 'dns-answer':
      return { type: 'dns-answer', values: value.split(',') };
    case 'max-loss':
      return { type: 'max-loss', ratio: Number(value) };
  }
  const phase = /^max-(total|redirect|dns|connect|tls|request|wait|receive)$/.exec(name)?.[1];
  if (phase === undefined) throw badArgument(argument, text, `there is no rule "${name}"`);
  return { type: 'max-time', phase: `${phase}Us`, maxMs: parseDurationMs(argument, value) };
}

/**
 * Splits `NAME=VALUE`, `NAME!=VALUE`, `NAME~VALUE`, `NAME<VALUE`, `NAME>VALUE` or `NAME` at the first operator outside
 * brackets: a filter in a JSON path has operators of its own.
 */
function compared(text: string, nameField: 'path' | 'name'): object {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '[') depth++;
    if (character === ']') depth--;
    if (depth > 0) continue;
    for (const [operator, compare] of Object.entries(OPERATORS)) {
      // A tilde may stand in a header name.
      if (operator === '~' && nameField === 'name' && text.includes('=')) continue;
      if (!text.startsWith(operator, index)) continue;
      return { [nameField]: text.slice(0, index), compare, value: text.slice(index + operator.length) };
    }
  }
  return { [nameField]: text, compare: 'exists' };
}
