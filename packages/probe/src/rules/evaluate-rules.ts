import { ERROR_CODES } from '@watchpost/contracts/results/error-codes';
import type { Rule } from '@watchpost/contracts/targets/rule';
import type { Breach, Evidence, Verdict } from './evidence.ts';
import type { RuleKind } from './rule-kind.ts';
import { RULES } from './table.ts';

/** What an HTTP check without a status rule expects. */
export const DEFAULT_STATUS_RULE = { type: 'status', expect: '200-299' } as const satisfies Rule;

const ERROR_TEXT_LIMIT = 2_048;
const HOLDS: Verdict = { outcome: 'up', fault: null, errorCode: null, errorText: null };

/**
 * Judges a measurement that came to its end. The first broken rule that means `down` decides; `degraded` only when
 * none does. An HTTP check without a status rule expects 200-299, before all other rules.
 */
export function evaluateRules(rules: readonly Rule[], evidence: Evidence): Verdict {
  let degraded: Breach | null = null;
  for (const rule of withDefaults(rules, evidence)) {
    const kind = kindOf(rule);
    if (!kind.appliesTo.includes(evidence.kind)) return unsupported(rule, evidence);
    const breach = kind.judge(rule, evidence);
    if (breach === null) continue;
    if (kind.severity === 'down') return verdict('down', breach);
    degraded ??= breach;
  }
  return degraded === null ? HOLDS : verdict('degraded', degraded);
}

/** Whether the prober has to keep the body for these rules. */
export function rulesNeedBody(rules: readonly Rule[]): boolean {
  return rules.some((rule) => RULES[rule.type].needsBody);
}

/** The entry of the table, typed for the rule it came from: the table has the same key as the union. */
function kindOf(rule: Rule): RuleKind<Rule['type']> {
  return RULES[rule.type] as unknown as RuleKind<Rule['type']>;
}

function withDefaults(rules: readonly Rule[], evidence: Evidence): readonly Rule[] {
  if (evidence.kind !== 'http' || rules.some((rule) => rule.type === 'status')) return rules;
  return [DEFAULT_STATUS_RULE, ...rules];
}

function verdict(outcome: 'down' | 'degraded', breach: Breach): Verdict {
  const errorText = breach.text.slice(0, ERROR_TEXT_LIMIT);
  return { outcome, fault: ERROR_CODES[breach.code].fault, errorCode: breach.code, errorText };
}

function unsupported(rule: Rule, evidence: Evidence): Verdict {
  const errorText = `rule ${rule.type} does not apply to a check of kind ${evidence.kind}`;
  return { outcome: 'unknown', fault: 'probe', errorCode: 'probe-unsupported', errorText };
}
