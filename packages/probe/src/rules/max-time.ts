import type { RuleKind } from './rule-kind.ts';

/** A phase, or the whole measurement, takes no longer than allowed. A phase that did not happen breaks nothing. */
export const maxTimeRule: RuleKind<'max-time'> = {
  appliesTo: ['http', 'tcp', 'tls', 'dns', 'icmp'],
  needsBody: false,
  severity: 'degraded',
  judge: (rule, evidence) => {
    const us = rule.phase === 'totalUs' ? evidence.totalUs : evidence.phases[rule.phase];
    if (us === null || us <= rule.maxMs * 1_000) return null;
    const name = rule.phase.slice(0, -2);
    return { code: 'slow', text: `max-time: expected ${name} within ${rule.maxMs} ms, got ${(us / 1_000).toFixed(1)} ms` };
  },
};
