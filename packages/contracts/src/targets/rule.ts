import { z } from 'zod';
import { CHART_PHASE_KEYS } from '../results/phase-keys.ts';

const comparison = z.enum(['equals', 'not-equals', 'contains', 'matches', 'less', 'greater', 'exists']);
const value = z.string().max(65_536);

/** `200`, `200-299`, or several of both: `200,204,301-308`. */
export const statusSetSchema = z
  .string()
  .max(256)
  .regex(/^\s*[1-9]\d\d(\s*-\s*[1-9]\d\d)?(\s*,\s*[1-9]\d\d(\s*-\s*[1-9]\d\d)?)*\s*$/, 'must be statuses as 200,204,301-308');

/**
 * What must hold for an answer to be `up`. A broken rule makes the result `down`; a broken `max-time` rule makes it
 * `degraded`. An HTTP check without a `status` rule expects 200-299.
 */
export const ruleSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('status'), expect: statusSetSchema }),
  z.strictObject({ type: z.literal('body-equals'), value }),
  z.strictObject({ type: z.literal('body-contains'), value: value.min(1), negate: z.boolean().default(false) }),
  /** RE2 syntax: matches in linear time. */
  z.strictObject({ type: z.literal('body-regex'), pattern: z.string().min(1).max(4096), negate: z.boolean().default(false) }),
  /** `path` as RFC 9535: `$.items[0].name`. */
  z.strictObject({
    type: z.literal('json-path'),
    path: z.string().min(1).max(1024),
    compare: comparison,
    value: value.default(''),
  }),
  z.strictObject({ type: z.literal('header'), name: z.string().min(1).max(256), compare: comparison, value: value.default('') }),
  z.strictObject({
    type: z.literal('max-time'),
    phase: z.enum(['totalUs', ...CHART_PHASE_KEYS]),
    maxMs: z.number().positive().max(3_600_000),
  }),
  z.strictObject({ type: z.literal('certificate'), minDays: z.int().min(0).max(3650) }),
  /** Hex SHA-256 of the decoded body. */
  z.strictObject({ type: z.literal('body-hash'), sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits') }),
  /** Each of the values must be among the DNS answers. */
  z.strictObject({ type: z.literal('dns-answer'), values: z.array(z.string().min(1).max(512)).min(1).max(32) }),
  z.strictObject({ type: z.literal('max-loss'), ratio: z.number().min(0).max(1) }),
]);
export type Rule = z.infer<typeof ruleSchema>;
export type RuleType = Rule['type'];
