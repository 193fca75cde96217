import type { QueryClient } from '@tanstack/react-query';
import { queries } from '../api/queries.ts';
import { parseRangeSearch, rangeOf } from '../api/range.ts';

/**
 * Asks for what the first view needs before anything is drawn. What needs a session only when the server has told the browser
 * to ask for it already (a preload in the head of the page): it has seen a session cookie, which no script can see.
 */
export function startEarlyRequests(queryClient: QueryClient): void {
  void queryClient.prefetchQuery(queries.session());
  if (document.querySelector('link[rel=preload][href^="/api/v1/overview"]') === null) return;
  const search = Object.fromEntries(new URLSearchParams(window.location.search));
  void queryClient.prefetchQuery(queries.overview(rangeOf(parseRangeSearch(search))));
  void queryClient.prefetchQuery(queries.vantages());
}
