import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useAwaySince } from '../api/reachability.ts';
import { moment } from './moment.ts';

/** How often the page asks whether the server is back. */
const ASK_EVERY_MS = 3_000;

/** Says calmly that the server does not answer, and since when. When it is back, all that is shown is asked for again. */
export function AwayBanner() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const since = useAwaySince();
  const wasAway = useRef(false);
  useEffect(() => {
    if (since === null) {
      if (wasAway.current) void queryClient.invalidateQueries();
      wasAway.current = false;
      return;
    }
    wasAway.current = true;
    const timer = setInterval(() => void api.get('/session').catch(() => {}), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [since, queryClient]);
  if (since === null) return null;
  return (
    <div className="away" role="status">
      {t('state.away', { time: moment(since).slice(11) })}
    </div>
  );
}
