import type {
  CommandLine,
  CommandPage,
  Host,
  HostDetail,
  HostGroup,
  SavedSearch,
  Session as CommandSession,
} from '@watchpost/contracts/api/audit';
import type { Agent, Test } from '@watchpost/contracts/api/fleet';
import type { ApiKey, AuditEntry, Session, User } from '@watchpost/contracts/api/identity';
import type { Overview, ResultsPage, SeriesResponse } from '@watchpost/contracts/api/quality';
import type { Target, Vantage } from '@watchpost/contracts/targets/target';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, queryString } from './client.ts';
import { type CommandsSearch, commandsQuery } from './commands-search.ts';
import { type Range, zonedRange } from './range.ts';

/** How often pages ask again when nothing was pushed. */
const REFRESH_MS = 30_000;
/** Points of a series: about the pixels of a wide chart. */
const POINTS = 720;

export type ResultsFilter = {
  readonly vantages: string;
  readonly outcome: string;
  readonly errorCode: string;
  readonly search: string;
  readonly cursor: string;
};

export const queries = {
  session: () =>
    queryOptions({ queryKey: ['session'], queryFn: ({ signal }) => api.get<Session>('/session', signal), staleTime: 60_000 }),
  overview: (range: Range) =>
    queryOptions({
      queryKey: ['overview', range],
      queryFn: ({ signal }) => api.get<Overview>(`/overview${queryString(range)}`, signal),
      refetchInterval: REFRESH_MS,
      placeholderData: keepPreviousData,
    }),
  targets: () => queryOptions({ queryKey: ['targets'], queryFn: ({ signal }) => api.get<readonly Target[]>('/targets', signal) }),
  target: (id: string) =>
    queryOptions({
      queryKey: ['targets', id],
      queryFn: ({ signal }) => api.get<Target>(`/targets/${encodeURIComponent(id)}`, signal),
    }),
  series: (id: string, range: Range, vantages: string) =>
    queryOptions({
      queryKey: ['series', id, range, vantages],
      queryFn: ({ signal }) =>
        api.get<SeriesResponse>(
          `/targets/${encodeURIComponent(id)}/series${queryString({ ...zonedRange(range), points: POINTS, vantages })}`,
          signal,
        ),
      refetchInterval: 'range' in range ? REFRESH_MS : false,
      placeholderData: keepPreviousData,
    }),
  results: (id: string, range: Range, filter: ResultsFilter) =>
    queryOptions({
      queryKey: ['results', id, range, filter],
      queryFn: ({ signal }) =>
        api.get<ResultsPage>(
          `/targets/${encodeURIComponent(id)}/results${queryString({ ...zonedRange(range), ...filter, limit: 15 })}`,
          signal,
        ),
      refetchInterval: 'range' in range && filter.cursor === '' ? REFRESH_MS : false,
      placeholderData: keepPreviousData,
    }),
  vantages: () =>
    queryOptions({ queryKey: ['vantages'], queryFn: ({ signal }) => api.get<readonly Vantage[]>('/vantages', signal) }),
  agents: () =>
    queryOptions({
      queryKey: ['agents'],
      queryFn: ({ signal }) => api.get<readonly Agent[]>('/agents', signal),
      refetchInterval: 10_000,
    }),
  test: (id: string) =>
    queryOptions({ queryKey: ['tests', id], queryFn: ({ signal }) => api.get<Test>(`/tests/${encodeURIComponent(id)}`, signal) }),
  users: () => queryOptions({ queryKey: ['users'], queryFn: ({ signal }) => api.get<readonly User[]>('/users', signal) }),
  apiKeys: () =>
    queryOptions({ queryKey: ['api-keys'], queryFn: ({ signal }) => api.get<readonly ApiKey[]>('/api-keys', signal) }),
  hosts: () =>
    queryOptions({
      queryKey: ['hosts'],
      queryFn: ({ signal }) => api.get<readonly Host[]>('/hosts', signal),
      refetchInterval: 10_000,
    }),
  host: (id: string) =>
    queryOptions({
      queryKey: ['hosts', id],
      queryFn: ({ signal }) => api.get<HostDetail>(`/hosts/${encodeURIComponent(id)}`, signal),
      refetchInterval: 10_000,
    }),
  hostGroups: () =>
    queryOptions({ queryKey: ['host-groups'], queryFn: ({ signal }) => api.get<readonly HostGroup[]>('/host-groups', signal) }),
  savedSearches: () =>
    queryOptions({
      queryKey: ['saved-searches'],
      queryFn: ({ signal }) => api.get<readonly SavedSearch[]>('/saved-searches', signal),
    }),
  commands: (search: CommandsSearch) =>
    infiniteQueryOptions({
      queryKey: ['commands', search],
      queryFn: ({ signal, pageParam }) =>
        api.get<CommandPage>(`/commands${commandsQuery(search, Date.now(), { cursor: pageParam })}`, signal),
      initialPageParam: '',
      getNextPageParam: (page: CommandPage) => page.next,
    }),
  commandsAround: (id: string) =>
    queryOptions({
      queryKey: ['commands-around', id],
      queryFn: ({ signal }) => api.get<readonly CommandLine[]>(`/commands/${encodeURIComponent(id)}/around`, signal),
    }),
  commandSession: (id: string, host: string) =>
    queryOptions({
      queryKey: ['command-session', host, id],
      queryFn: ({ signal }) =>
        api.get<{ readonly session: CommandSession; readonly commands: readonly CommandLine[] }>(
          `/sessions/${encodeURIComponent(id)}${queryString({ host })}`,
          signal,
        ),
    }),
  auditLog: () =>
    queryOptions({ queryKey: ['audit-log'], queryFn: ({ signal }) => api.get<readonly AuditEntry[]>('/audit-log', signal) }),
};
