import { bodyBytes, undecided } from './body.ts';
import type { RuleKind } from './rule-kind.ts';
import { shown } from './shown.ts';

/** The decoded body holds a text, or (negated) does not. */
export const bodyContainsRule: RuleKind<'body-contains'> = {
  appliesTo: ['http'],
  needsBody: true,
  severity: 'down',
  judge: (rule, evidence) => {
    const body = bodyBytes(evidence);
    const found = body.includes(rule.value, 0, 'utf8');
    if (!found && evidence.bodyTruncated) return undecided('body-contains', evidence);
    if (found !== rule.negate) return null;
    const expected = `${rule.negate ? 'expected not to find' : 'expected'} ${shown(rule.value)}`;
    const got = rule.negate ? 'it is there' : `got ${body.length} bytes ${shown(body.subarray(0, 400).toString('utf8'))}`;
    return { code: 'body-mismatch', text: `body-contains: ${expected}, ${got}` };
  },
};
