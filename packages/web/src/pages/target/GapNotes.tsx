import type { SeriesResponse } from '@watchpost/contracts/api/quality';
import { formatCount } from '@watchpost/charts/figures';
import { useTranslation } from '../../language/texts.ts';
import { moment } from '../../parts/moment.ts';

const MAX_NOTES = 5;
const REASONS = ['spool-full', 'spool-age', 'spool-torn', 'spool-failed', 'refused', 'several'] as const;

/** What was measured but lost on its way: from where, when and why. The charts show the same as grey areas. */
export function GapNotes(props: { readonly gaps: SeriesResponse['gaps']; readonly names: Readonly<Record<string, string>> }) {
  const { t } = useTranslation();
  return (
    <ul className="notes">
      {props.gaps.slice(0, MAX_NOTES).map((gap) => {
        const reason = REASONS.find((each) => each === gap.reason);
        return (
          <li key={`${gap.vantage} ${gap.from}`}>
            <strong>{props.names[gap.vantage] ?? gap.vantage}</strong>{' '}
            <span className="num">
              {moment(gap.from, false)} – {moment(gap.to, false)}
            </span>
            {': '}
            {t('target.gapNote', {
              records: formatCount(gap.records),
              reason: reason === undefined ? gap.reason : t(`gap.${reason}`),
            })}
          </li>
        );
      })}
    </ul>
  );
}
