import { createHash } from 'node:crypto';
import { bodyBytes, undecided } from './body.ts';
import type { RuleKind } from './rule-kind.ts';

/** The SHA-256 of the decoded body is the expected one. */
export const bodyHashRule: RuleKind<'body-hash'> = {
  appliesTo: ['http'],
  needsBody: true,
  severity: 'down',
  judge: (rule, evidence) => {
    if (evidence.bodyTruncated) return undecided('body-hash', evidence);
    const got = evidence.bodySha256 ?? createHash('sha256').update(bodyBytes(evidence)).digest('hex');
    return got === rule.sha256 ? null : { code: 'body-hash-mismatch', text: `body-hash: expected ${rule.sha256}, got ${got}` };
  },
};
