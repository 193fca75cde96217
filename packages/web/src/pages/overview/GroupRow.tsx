import { useTranslation } from '../../language/texts.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { type StateCounts, STATES } from './overview-target.ts';

/** Heading of a group with the number of its targets in each state. */
export function GroupRow({ name, counts }: { readonly name: string; readonly counts: StateCounts }) {
  const { t } = useTranslation();
  return (
    <div className="ov-heading" role="row">
      <span role="cell" className="row" style={{ flexWrap: 'nowrap', minWidth: 0 }}>
        <strong className="clip">{name === '' ? t('overview.noGroup') : name}</strong>
        {STATES.filter((state) => counts[state] > 0).map((state) => (
          <span key={state} className="row tight num" style={{ gap: 5 }}>
            <OutcomeShape outcome={state === 'paused' ? 'unknown' : state} size={9} />
            {counts[state]}
            <span className="sr">{t(`outcome.${state}`)}</span>
          </span>
        ))}
      </span>
    </div>
  );
}
