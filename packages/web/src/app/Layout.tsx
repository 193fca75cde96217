import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { useTranslation } from '../language/texts.ts';
import { ApiError, api } from '../api/client.ts';
import { type LiveState, startLive } from '../api/live.ts';
import { queries } from '../api/queries.ts';
import { useAwaySince } from '../api/reachability.ts';
import { AwayBanner } from '../parts/AwayBanner.tsx';
import { OutcomeShape } from '../parts/OutcomeBadge.tsx';
import { useShortcuts } from './shortcuts.ts';

const ShortcutsDialog = lazy(async () => ({ default: (await import('../parts/ShortcutsDialog.tsx')).ShortcutsDialog }));

/** The frame of all pages behind the sign-in: navigation, live connection, shortcuts. */
export function Layout() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const [live, setLive] = useState<LiveState>('connecting');
  const { data: session } = useQuery(queries.session());
  const [isHelpOpen, setHelpOpen] = useState(false);
  const showHelp = useCallback(() => setHelpOpen(true), []);
  useShortcuts(showHelp);
  useEffect(() => startLive(queryClient, setLive), [queryClient]);
  const isSignedOut = session !== undefined && session.user === null;
  useEffect(() => {
    if (isSignedOut) void router.invalidate();
  }, [isSignedOut, router]);
  const path = useLocation({ select: ({ pathname }) => pathname });
  useEffect(() => {
    // On a phone the navigation is wider than the window.
    document.querySelector('.nav a.active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a change of the path is what moves the active link
  }, [path]);
  const isAway = useAwaySince() !== null;
  const signOut = async () => {
    try {
      await api.remove('/session');
    } catch (error) {
      // Without an answer the session goes on, and the banner says why. One that has ended is as good as signed out.
      if (!(error instanceof ApiError && error.status === 401)) return;
    }
    queryClient.clear();
    await navigate({ to: '/login' });
  };
  const active = { className: 'active' };
  return (
    <>
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <nav className="bar" aria-label={t('nav.main')}>
        <div className="bar-in">
          <Link to="/" className="brand">
            <img src="/favicon.svg" alt="" width={22} height={22} />
            Watchpost
          </Link>
          <div className="nav">
            <Link to="/" activeProps={active} activeOptions={{ exact: true, includeSearch: false }}>
              {t('nav.overview')}
            </Link>
            <Link to="/targets" activeProps={active}>
              {t('nav.targets')}
            </Link>
            <Link to="/vantages" activeProps={active}>
              {t('nav.fleet')}
            </Link>
            {session?.user != null && session.user.role !== 'viewer' && (
              <>
                <Link to="/live" activeProps={active}>
                  {t('nav.live')}
                </Link>
                <Link to="/commands" activeProps={active}>
                  {t('nav.commands')}
                </Link>
                <Link to="/hosts" activeProps={active}>
                  {t('nav.hosts')}
                </Link>
              </>
            )}
            {session?.user?.role === 'administrator' && (
              <Link to="/people" activeProps={active}>
                {t('nav.people')}
              </Link>
            )}
            <Link to="/settings" activeProps={active}>
              {t('nav.settings')}
            </Link>
          </div>
          <span className="live" role="status">
            <OutcomeShape outcome={live === 'live' && !isAway ? 'up' : live === 'connecting' ? 'unknown' : 'degraded'} size={9} />
            {t(`live.${isAway ? 'away' : live}`)}
          </span>
          <Button variant="subtle" color="gray" c="var(--wp-muted)" size="compact-sm" onClick={() => void signOut()}>
            {t('nav.signOut')}
          </Button>
        </div>
      </nav>
      <main className="main" id="content" tabIndex={-1}>
        <Outlet />
      </main>
      <AwayBanner />
      {isHelpOpen && (
        <Suspense>
          <ShortcutsDialog onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
