import { isDeepStrictEqual } from 'node:util';
import { bodyBytes, bodyJson, JSON_BODY_LIMIT, undecided } from './body.ts';
import { COMPARISON_WORDS, type Comparison, compareText } from './compare.ts';
import { queryJson, queryProblem } from './json-query.ts';
import { patternProblem } from './pattern.ts';
import type { RuleKind } from './rule-kind.ts';
import { shown } from './shown.ts';

/**
 * A value in the JSON body is as expected. `path` as RFC 9535. When the path finds several values, one that fits is
 * enough; `not-equals` must hold for all. A path that finds nothing breaks the rule.
 */
export const jsonPathRule: RuleKind<'json-path'> = {
  appliesTo: ['http'],
  needsBody: true,
  severity: 'down',
  validate: (rule) => {
    const path = queryProblem(rule.path);
    if (path !== null) return { field: 'path', value: rule.path, rule: path };
    const pattern = rule.compare === 'matches' ? patternProblem(rule.value) : null;
    return pattern === null ? null : { field: 'value', value: rule.value, rule: pattern };
  },
  judge: (rule, evidence) => {
    if (evidence.bodyTruncated || bodyBytes(evidence).length > JSON_BODY_LIMIT) return undecided('json-path', evidence);
    const expected = `json-path ${shown(rule.path)}: expected ${COMPARISON_WORDS[rule.compare]}${rule.compare === 'exists' ? '' : ` ${shown(rule.value)}`}`;
    const document = bodyJson(evidence);
    if ('problem' in document) return { code: 'json-mismatch', text: `${expected}, but ${document.problem}` };
    let values: readonly unknown[];
    try {
      values = queryJson(rule.path, document.value);
    } catch (error) {
      return { code: 'json-mismatch', text: `${expected}, but ${error instanceof Error ? error.message : String(error)}` };
    }
    const holds = (value: unknown) => compareJson(value, rule.compare, rule.value);
    const kept = rule.compare === 'not-equals' ? values.length > 0 && values.every(holds) : values.some(holds);
    if (kept) return null;
    const got = values.length === 0 ? 'got nothing' : `got ${values.slice(0, 3).map(shownJson).join(', ')}`;
    return { code: 'json-mismatch', text: `${expected}, ${got}` };
  },
};

/** Strings compare as text. Anything else equals the expected text read as JSON: `3.0` equals 3, `{"a":1}` an object. */
function compareJson(actual: unknown, compare: Comparison, expected: string): boolean {
  if (typeof actual === 'string') return compareText(actual, compare, expected);
  if (compare === 'equals') return equalsJson(actual, expected);
  if (compare === 'not-equals') return !equalsJson(actual, expected);
  return compareText(JSON.stringify(actual), compare, expected);
}

function equalsJson(actual: unknown, expected: string): boolean {
  try {
    return isDeepStrictEqual(actual, JSON.parse(expected));
  } catch {
    return false;
  }
}

function shownJson(value: unknown): string {
  return typeof value === 'string' ? shown(value) : shown(JSON.stringify(value) ?? 'undefined').slice(1, -1);
}
