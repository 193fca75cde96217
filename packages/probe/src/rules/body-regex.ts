import { bodyText, undecided } from './body.ts';
import { findPattern, patternProblem } from './pattern.ts';
import type { RuleKind } from './rule-kind.ts';
import { shown } from './shown.ts';

/** A pattern of RE2 syntax is found somewhere in the decoded body, or (negated) is not. */
export const bodyRegexRule: RuleKind<'body-regex'> = {
  appliesTo: ['http'],
  needsBody: true,
  severity: 'down',
  validate: (rule) => {
    const problem = patternProblem(rule.pattern);
    return problem === null ? null : { field: 'pattern', value: rule.pattern, rule: problem };
  },
  judge: (rule, evidence) => {
    const text = bodyText(evidence);
    const found = findPattern(rule.pattern, text);
    if (found === 'undecided' || (!found && evidence.bodyTruncated)) return undecided('body-regex', evidence);
    if (found !== rule.negate) return null;
    const expected = `${rule.negate ? 'expected no match of' : 'expected a match of'} ${shown(rule.pattern)}`;
    return { code: 'body-mismatch', text: `body-regex: ${expected}, ${rule.negate ? 'found one' : `got ${shown(text)}`}` };
  },
};
