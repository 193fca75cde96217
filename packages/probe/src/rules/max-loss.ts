import type { RuleKind } from './rule-kind.ts';

/** No more than a share of the echo requests got lost. */
export const maxLossRule: RuleKind<'max-loss'> = {
  appliesTo: ['icmp'],
  needsBody: false,
  severity: 'down',
  judge: (rule, { lossRatio }) => {
    if (lossRatio !== null && lossRatio <= rule.ratio) return null;
    const got = lossRatio === null ? 'no figure' : `${(lossRatio * 100).toFixed(0)} %`;
    return { code: 'ping-loss', text: `max-loss: expected at most ${(rule.ratio * 100).toFixed(0)} %, got ${got}` };
  },
};
