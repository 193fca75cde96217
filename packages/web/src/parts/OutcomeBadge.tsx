import type { Outcome } from '@watchpost/contracts/results/outcome';
import { useTranslation } from '../language/texts.ts';

/** Each outcome has a shape of its own: disc, triangle, square, ring. */
export function OutcomeShape({ outcome, size = 11 }: { readonly outcome: Outcome; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" className={`state-${outcome}`}>
      {outcome === 'up' && <circle cx="6" cy="6" r="5" fill="currentColor" />}
      {outcome === 'degraded' && <path d="M6 0.8 11.6 11H0.4Z" fill="currentColor" />}
      {outcome === 'down' && <rect x="1" y="1" width="10" height="10" fill="currentColor" />}
      {outcome === 'unknown' && (
        <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="2" strokeDasharray="2.4 1.6" />
      )}
    </svg>
  );
}

export function OutcomeBadge({ outcome, isPaused = false }: { readonly outcome: Outcome; readonly isPaused?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={`state state-${isPaused ? 'unknown' : outcome}`}>
      <OutcomeShape outcome={isPaused ? 'unknown' : outcome} />
      {t(isPaused ? 'outcome.paused' : `outcome.${outcome}`)}
    </span>
  );
}
