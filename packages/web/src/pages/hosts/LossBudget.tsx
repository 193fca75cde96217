import { formatCount } from '@watchpost/charts/figures';
import type { HostDetail } from '@watchpost/contracts/api/audit';
import { useTranslation } from '../../language/texts.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import './hosts.css';
import { budgetSteps, budgetVerdict } from './loss-budget.ts';

const SHAPES = { even: 'up', waiting: 'degraded', lost: 'down', unknown: 'unknown' } as const;

/** Written = spooled = sent = acknowledged = stored, and the difference where it is not even. */
export function LossBudget({ host }: { readonly host: HostDetail }) {
  const { t } = useTranslation();
  const steps = budgetSteps(host);
  const verdict = budgetVerdict(steps);
  const { missing, refused, removed } = host.budget;
  const notes = [
    (missing ?? 0) > 0 && t('hosts.missing', { count: missing ?? 0 }),
    refused > 0 && t('hosts.refused', { count: refused }),
    removed > 0 && t('hosts.removed', { count: removed }),
  ].filter((note) => note !== false);
  return (
    <section className="card pad stack tight" aria-label={t('hosts.budgetTitle')}>
      <div className="row spread">
        <h2>{t('hosts.budgetTitle')}</h2>
        <span className={`state state-${SHAPES[verdict]}`}>
          <OutcomeShape outcome={SHAPES[verdict]} />
          {t(`hosts.verdict.${verdict}`)}
        </span>
      </div>
      <ol className="budget">
        {steps.map((step, index) => (
          <li key={step.name}>
            {index > 0 && (
              <span className={`budget-link is-${step.verdict}`}>
                {step.verdict === 'even' ? '=' : step.verdict === 'unknown' ? '?' : '≠'}
                {step.difference !== 0 && (
                  <small>{step.difference > 0 ? `−${formatCount(step.difference)}` : `+${formatCount(-step.difference)}`}</small>
                )}
              </span>
            )}
            <span className="budget-step">
              <span className="muted small">{t(`hosts.steps.${step.name}`)}</span>
              <strong className="num">{step.records === null ? '–' : step.records.toLocaleString('en')}</strong>
            </span>
          </li>
        ))}
      </ol>
      <p className="muted small budget-notes">
        {notes.join(' · ')}
        {notes.length > 0 && ' · '}
        {t(host.recorder === null ? 'hosts.unheard' : 'hosts.budgetLead')}
      </p>
    </section>
  );
}
