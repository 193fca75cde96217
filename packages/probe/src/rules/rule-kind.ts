import type { CheckKind } from '@watchpost/contracts/results/result';
import type { FieldIssue } from '@watchpost/contracts/errors/app-error';
import type { Rule, RuleType } from '@watchpost/contracts/targets/rule';
import type { Breach, Evidence } from './evidence.ts';

/** One type of rule: where it applies, what else than its schema must hold, and how it judges. */
export type RuleKind<T extends RuleType> = {
  /** Kinds of checks that can have the rule. */
  readonly appliesTo: readonly CheckKind[];
  /** It reads the body, so the body must be kept. */
  readonly needsBody: boolean;
  /** What breaking it means. */
  readonly severity: 'down' | 'degraded';
  /** Finds what the schema cannot see, as a pattern that does not compile. Field is relative to the rule. */
  readonly validate?: (rule: Extract<Rule, { type: T }>) => FieldIssue | null;
  /** Null: the rule holds. */
  readonly judge: (rule: Extract<Rule, { type: T }>, evidence: Evidence) => Breach | null;
};
