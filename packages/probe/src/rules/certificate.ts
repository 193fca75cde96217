import type { RuleKind } from './rule-kind.ts';

const DAY_MS = 86_400_000;

/** The certificate is valid for at least so many days from now. */
export const certificateRule: RuleKind<'certificate'> = {
  appliesTo: ['http', 'tls'],
  needsBody: false,
  severity: 'down',
  judge: (rule, { certExpiresAt, nowMs }) => {
    const code = 'certificate-expires-soon';
    if (certExpiresAt === null) return { code, text: `certificate: expected ${rule.minDays} days, but there is no certificate` };
    const days = (certExpiresAt - nowMs) / DAY_MS;
    if (days >= rule.minDays) return null;
    const until = new Date(certExpiresAt).toISOString();
    return { code, text: `certificate: expected ${rule.minDays} days, got ${days.toFixed(1)} days (until ${until})` };
  },
};
