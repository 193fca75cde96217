import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from '../language/texts.ts';
import { useReturn } from '../api/use-return.ts';
import { moment } from './moment.ts';

/** Says calmly that the server does not answer, and since when. When it is back, all that is shown is asked for again. */
export function AwayBanner() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const since = useReturn(() => void queryClient.invalidateQueries());
  if (since === null) return null;
  return (
    <div className="away" role="status">
      {t('state.away', { time: moment(since).slice(11) })}
    </div>
  );
}
