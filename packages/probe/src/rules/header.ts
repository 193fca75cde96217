import { COMPARISON_WORDS, compareText } from './compare.ts';
import { patternProblem } from './pattern.ts';
import type { RuleKind } from './rule-kind.ts';
import { shown } from './shown.ts';

/** A header of the last answer is as expected. Of several lines with the name one is enough; `not-equals` is for all. */
export const headerRule: RuleKind<'header'> = {
  appliesTo: ['http'],
  needsBody: false,
  severity: 'down',
  validate: (rule) => {
    const pattern = rule.compare === 'matches' ? patternProblem(rule.value) : null;
    return pattern === null ? null : { field: 'value', value: rule.value, rule: pattern };
  },
  judge: (rule, evidence) => {
    const name = rule.name.toLowerCase();
    const values = evidence.headers.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value);
    const holds = (value: string) => compareText(value, rule.compare, rule.value);
    const kept = rule.compare === 'not-equals' ? values.length > 0 && values.every(holds) : values.some(holds);
    if (kept) return null;
    const expected = `${COMPARISON_WORDS[rule.compare]}${rule.compare === 'exists' ? '' : ` ${shown(rule.value)}`}`;
    const got = values.length === 0 ? 'no such header' : values.slice(0, 3).map(shown).join(', ');
    return { code: 'header-mismatch', text: `header ${shown(rule.name)}: expected ${expected}, got ${got}` };
  },
};
