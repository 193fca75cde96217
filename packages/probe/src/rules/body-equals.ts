import { bodyBytes, undecided } from './body.ts';
import type { RuleKind } from './rule-kind.ts';
import { shown } from './shown.ts';

/** The decoded body is, byte for byte, the expected text in UTF-8. */
export const bodyEqualsRule: RuleKind<'body-equals'> = {
  appliesTo: ['http'],
  needsBody: true,
  severity: 'down',
  judge: (rule, evidence) => {
    const body = bodyBytes(evidence);
    const expected = Buffer.from(rule.value, 'utf8');
    if (!evidence.bodyTruncated && body.equals(expected)) return null;
    if (evidence.bodyTruncated && expected.subarray(0, body.length).equals(body)) return undecided('body-equals', evidence);
    const got = `${body.length} bytes ${shown(body.subarray(0, 400).toString('utf8'))}`;
    return { code: 'body-mismatch', text: `body-equals: expected ${expected.length} bytes ${shown(rule.value)}, got ${got}` };
  },
};
