import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from '../language/texts.ts';
import { api } from '../api/client.ts';
import { MissingPart } from '../api/page-part.ts';
import { useReturn } from '../api/use-return.ts';
import { LoadError } from './LoadError.tsx';
import { PageTitle } from './PageTitle.tsx';

const RELOADED = 'watchpost-reloaded-at';
/** A page that lacks a part loads itself anew at most this often. */
const RELOAD_EVERY_MS = 60_000;

/** With a server that answers, so that the browser does not end at a page of its own. */
async function reload(): Promise<void> {
  await api.get('/session');
  sessionStorage.setItem(RELOADED, String(Date.now()));
  window.location.reload();
}

/** A page that could not be shown. It tries again when the server is back. */
export function PageError({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const isMissing = error instanceof MissingPart;
  const retry = () => {
    if (isMissing) void reload().catch(() => {});
    else void router.invalidate();
  };
  const since = useReturn(retry);
  useEffect(() => {
    if (!isMissing) return;
    // The page of an older server: its parts are gone.
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (Date.now() - last >= RELOAD_EVERY_MS) void reload().catch(() => {});
  }, [isMissing]);
  return (
    <div className="center">
      <div className="narrow stack">
        <PageTitle text={t('state.failed')} />
        <LoadError title={t(since === null ? 'state.reason' : 'state.offline')} error={error} onRetry={retry} />
      </div>
    </div>
  );
}
