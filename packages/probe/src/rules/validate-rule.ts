import type { FieldIssue } from '@watchpost/contracts/errors/app-error';
import type { CheckKind } from '@watchpost/contracts/results/result';
import type { Check } from '@watchpost/contracts/targets/check';
import type { Rule } from '@watchpost/contracts/targets/rule';
import type { RuleKind } from './rule-kind.ts';
import { RULES } from './table.ts';

/**
 * Finds what is wrong with a rule beyond its schema: a pattern or path that does not compile, a rule that does not
 * apply to the kind of check. The field is relative to the rule. Null: the rule is good.
 */
export function validateRule(rule: Rule, kind: CheckKind): FieldIssue | null {
  const entry = RULES[rule.type] as unknown as RuleKind<Rule['type']>;
  if (!entry.appliesTo.includes(kind)) {
    return {
      field: 'type',
      value: rule.type,
      rule: `must be a rule for ${kind} checks (this one is for ${entry.appliesTo.join(', ')})`,
    };
  }
  const issue = entry.validate?.(rule) ?? null;
  return issue === null ? null : { ...issue, value: issue.value.length > 120 ? `${issue.value.slice(0, 117)}...` : issue.value };
}

/** What is wrong with the rules of a check; fields as `rules.1.pattern`. */
export function validateRules(check: Check): readonly FieldIssue[] {
  return check.rules.flatMap((rule, index) => {
    const issue = validateRule(rule, check.kind);
    return issue === null ? [] : [{ ...issue, field: `rules.${index}.${issue.field}` }];
  });
}
