import type { Session } from '@watchpost/contracts/api/identity';
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { type CommandsSearch, parseCommandsSearch } from '../api/commands-search.ts';
import { loadPart } from '../api/page-part.ts';
import type { OverviewSearch, TargetSearch } from '../api/page-search.ts';
import { queries } from '../api/queries.ts';
import { parseRangeSearch, rangeOf } from '../api/range.ts';
import { OverviewPage } from '../pages/overview/OverviewPage.tsx';
import { PageError } from '../parts/PageError.tsx';
import { PageMissing } from '../parts/PageMissing.tsx';
import { Bones } from '../parts/Bones.tsx';
import { Layout } from './Layout.tsx';

type Context = { readonly queryClient: QueryClient };
const session = (context: Context): Promise<Session> => context.queryClient.ensureQueryData(queries.session());

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
const some = <T extends object>(values: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: NonNullable<T[K]>;
  }>;

const rootRoute = createRootRouteWithContext<Context>()({ notFoundComponent: PageMissing });

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  beforeLoad: async ({ context }) => {
    if (!(await session(context)).setupNeeded) throw redirect({ to: '/' });
  },
  component: lazyRouteComponent(() => loadPart(() => import('../pages/entry/SetupPage.tsx')), 'SetupPage'),
});
const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search): { readonly to?: string } => {
    const to = text(search['to']);
    return to?.startsWith('/') === true && !to.startsWith('//') ? { to } : {};
  },
  component: lazyRouteComponent(() => loadPart(() => import('../pages/entry/LoginPage.tsx')), 'LoginPage'),
});
const insideRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    const { user, setupNeeded } = await session(context);
    if (setupNeeded) throw redirect({ to: '/setup' });
    if (user === null) throw redirect({ to: '/login', search: location.href === '/' ? {} : { to: location.href } });
  },
  component: Layout,
});
const overviewRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/',
  validateSearch: (search): OverviewSearch => ({
    ...parseRangeSearch(search),
    ...some({ q: text(search['q']), group: text(search['group']), state: text(search['state']), view: text(search['view']) }),
  }),
  component: OverviewPage,
});
const targetsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/targets',
  component: lazyRouteComponent(() => loadPart(() => import('../pages/targets/TargetsPage.tsx')), 'TargetsPage'),
});
const addTargetRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/targets/new',
  component: lazyRouteComponent(() => loadPart(() => import('../pages/targets/AddTargetPage.tsx')), 'AddTargetPage'),
});
const editTargetRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/targets/$id/edit',
  component: lazyRouteComponent(() => loadPart(() => import('../pages/targets/EditTargetPage.tsx')), 'EditTargetPage'),
});
const targetRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/targets/$id',
  validateSearch: (search): TargetSearch => ({
    ...parseRangeSearch(search),
    ...some({
      vantages: text(search['vantages']),
      view: text(search['view']),
      outcome: text(search['outcome']),
      code: text(search['code']),
      q: text(search['q']),
    }),
  }),
  loaderDeps: ({ search }) => ({ range: rangeOf(search), vantages: search.vantages ?? '' }),
  // Its head is known before the page is drawn, so that nothing moves; the charts are on their way already.
  loader: async ({ context: { queryClient }, params: { id }, deps }) => {
    void queryClient.prefetchQuery(queries.series(id, deps.range, deps.vantages));
    await Promise.all([
      queryClient.ensureQueryData(queries.target(id)),
      queryClient.ensureQueryData(queries.vantages()),
      queryClient.prefetchQuery(queries.overview({ range: '3h' })),
    ]);
  },
  component: lazyRouteComponent(() => loadPart(() => import('../pages/target/TargetPage.tsx')), 'TargetPage'),
});
const fleetRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/vantages',
  component: lazyRouteComponent(() => loadPart(() => import('../pages/fleet/FleetPage.tsx')), 'FleetPage'),
});
const liveRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/live',
  validateSearch: (search): Pick<CommandsSearch, 'hosts' | 'groups'> => {
    const { hosts, groups } = parseCommandsSearch(search);
    return some({ hosts, groups });
  },
  component: lazyRouteComponent(() => loadPart(() => import('../pages/commands/LivePage.tsx')), 'LivePage'),
});
const commandsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/commands',
  validateSearch: (search): CommandsSearch => parseCommandsSearch(search),
  component: lazyRouteComponent(() => loadPart(() => import('../pages/commands/SearchPage.tsx')), 'SearchPage'),
});
const sessionRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/sessions/$id',
  validateSearch: (search): { readonly host?: string } => some({ host: text(search['host']) }),
  component: lazyRouteComponent(() => loadPart(() => import('../pages/commands/SessionPage.tsx')), 'SessionPage'),
});
const hostsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/hosts',
  component: lazyRouteComponent(() => loadPart(() => import('../pages/hosts/HostsPage.tsx')), 'HostsPage'),
});
const hostRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/hosts/$id',
  component: lazyRouteComponent(() => loadPart(() => import('../pages/hosts/HostPage.tsx')), 'HostPage'),
});
const peopleRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/people',
  component: lazyRouteComponent(() => loadPart(() => import('../pages/people/PeoplePage.tsx')), 'PeoplePage'),
});
const settingsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/settings',
  component: lazyRouteComponent(() => loadPart(() => import('../pages/settings/SettingsPage.tsx')), 'SettingsPage'),
});

const routeTree = rootRoute.addChildren([
  setupRoute,
  loginRoute,
  insideRoute.addChildren([
    overviewRoute,
    targetsRoute,
    addTargetRoute,
    editTargetRoute,
    targetRoute,
    fleetRoute,
    liveRoute,
    commandsRoute,
    sessionRoute,
    hostsRoute,
    hostRoute,
    peopleRoute,
    settingsRoute,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: PageError,
    defaultPendingComponent: Bones,
  });
}
export type AppRouter = ReturnType<typeof createAppRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    readonly router: AppRouter;
  }
}
