import type { RuleType } from '@watchpost/contracts/targets/rule';
import { bodyContainsRule } from './body-contains.ts';
import { bodyEqualsRule } from './body-equals.ts';
import { bodyHashRule } from './body-hash.ts';
import { bodyRegexRule } from './body-regex.ts';
import { certificateRule } from './certificate.ts';
import { dnsAnswerRule } from './dns-answer.ts';
import { headerRule } from './header.ts';
import { jsonPathRule } from './json-path.ts';
import { maxLossRule } from './max-loss.ts';
import { maxTimeRule } from './max-time.ts';
import type { RuleKind } from './rule-kind.ts';
import { statusRule } from './status.ts';

/** All types of rules. To add one: its file, its line here, its schema in contracts. */
export const RULES: { readonly [T in RuleType]: RuleKind<T> } = {
  status: statusRule,
  'body-equals': bodyEqualsRule,
  'body-contains': bodyContainsRule,
  'body-regex': bodyRegexRule,
  'json-path': jsonPathRule,
  header: headerRule,
  'max-time': maxTimeRule,
  certificate: certificateRule,
  'body-hash': bodyHashRule,
  'dns-answer': dnsAnswerRule,
  'max-loss': maxLossRule,
};
