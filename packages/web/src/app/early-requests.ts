import type { QueryClient } from '@tanstack/react-query';
import { queries } from '../api/queries.ts';
import { parseRangeSearch, rangeOf } from '../api/range.ts';

const HINT = 'watchpost-signed-in';

/**
 * Asks for what the first view needs while the rest of the page still loads. What needs a session only when this browser
 * had one: the hint is no proof, the server decides.
 */
export function startEarlyRequests(queryClient: QueryClient, location: Location): void {
  void queryClient.prefetchQuery(queries.session());
  if (location.pathname !== '/' || localStorage.getItem(HINT) === null) return;
  void queryClient.prefetchQuery(
    queries.overview(rangeOf(parseRangeSearch(Object.fromEntries(new URLSearchParams(location.search))))),
  );
  void queryClient.prefetchQuery(queries.vantages());
}

export function rememberSession(isSignedIn: boolean): void {
  if (isSignedIn) localStorage.setItem(HINT, '1');
  else localStorage.removeItem(HINT);
}
