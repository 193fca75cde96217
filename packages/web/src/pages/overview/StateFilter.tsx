import { useTranslation } from '../../language/texts.ts';
import { OutcomeShape } from '../../parts/OutcomeBadge.tsx';
import { type StateCounts, STATES } from './overview-target.ts';

/** The summary: how many targets are in each state. Pressing one shows only those. */
export function StateFilter(props: {
  readonly counts: StateCounts;
  readonly state: string | undefined;
  readonly onState: (state: string | undefined) => void;
}) {
  const { t } = useTranslation();
  const { counts, state, onState } = props;
  const all = STATES.reduce((sum, each) => sum + counts[each], 0);
  return (
    <div className="row tight" role="group" aria-label={t('overview.state')}>
      <button type="button" className="count" aria-pressed={state === undefined} onClick={() => onState(undefined)}>
        <strong className="num">{all}</strong> {t('overview.all')}
      </button>
      {STATES.filter((each) => counts[each] > 0 || each === state).map((each) => (
        <button
          key={each}
          type="button"
          className="count"
          aria-pressed={state === each}
          onClick={() => onState(state === each ? undefined : each)}
        >
          <OutcomeShape outcome={each === 'paused' ? 'unknown' : each} />
          <strong className={each === 'down' ? 'num state-down' : 'num'}>{counts[each]}</strong> {t(`outcome.${each}`)}
        </button>
      ))}
    </div>
  );
}
