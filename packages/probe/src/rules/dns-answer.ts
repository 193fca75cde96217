import type { RuleKind } from './rule-kind.ts';
import { shown } from './shown.ts';

/** Each of the values is among the DNS answers. Case and a dot at the end do not count. */
export const dnsAnswerRule: RuleKind<'dns-answer'> = {
  appliesTo: ['dns'],
  needsBody: false,
  severity: 'down',
  judge: (rule, { answers }) => {
    const got = new Set((answers ?? []).map(plain));
    const missing = rule.values.filter((value) => !got.has(plain(value)));
    if (missing.length === 0) return null;
    const found = answers === null || answers.length === 0 ? 'nothing' : answers.slice(0, 5).map(shown).join(', ');
    return {
      code: 'dns-answer-mismatch',
      text: `dns-answer: expected ${missing.slice(0, 5).map(shown).join(', ')}, got ${found}`,
    };
  },
};

function plain(answer: string): string {
  return answer.trim().toLowerCase().replace(/\.$/, '');
}
