import { queryString } from './client.ts';
import { parseRangeSearch, RANGE_SECONDS, type Range, type RangeSearch } from './range.ts';

/** How far back is looked when the address does not say: longer than commands are kept by default. */
export const DEFAULT_SEARCH_RANGE = 'year';

/** Longest text of one part in the address: some hundred ids of hosts. */
const MAX_PART = 8_000;
const PARTS = ['q', 'hosts', 'groups', 'user', 'loginUser', 'exit', 'shell', 'hidden', 'kinds', 'session', 'token'] as const;
type Part = (typeof PARTS)[number];

/** A search for commands, as the address of the page has it. Several values of one part are separated by commas. */
export type CommandsSearch = RangeSearch & { readonly [K in Part]?: string };
export type SearchChange = { readonly [K in keyof CommandsSearch]?: CommandsSearch[K] | undefined };

/** Reads a search from the address; what makes no sense is left out. A number in the address is a text like any other. */
export function parseCommandsSearch(search: Readonly<Record<string, unknown>>): CommandsSearch {
  const given = PARTS.flatMap((part): [Part, string][] => {
    const value = search[part];
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    return typeof text === 'string' && text.trim() !== '' ? [[part, text.slice(0, MAX_PART)]] : [];
  });
  return { ...parseRangeSearch(search), ...Object.fromEntries(given) };
}

/** The search with other parts; what is empty goes. A chosen range takes the place of the one before. */
export function changeSearch(search: CommandsSearch, change: SearchChange): CommandsSearch {
  const isRange = 'range' in change || 'from' in change;
  const { range: _range, from: _from, to: _to, ...rest } = search;
  return parseCommandsSearch({ ...(isRange ? rest : search), ...change });
}

export function searchRange({ range, from, to }: CommandsSearch): Range {
  return from !== undefined && to !== undefined ? { from, to } : { range: range ?? DEFAULT_SEARCH_RANGE };
}

/** The same as the API has it: `?…`. */
export function commandsQuery(
  search: CommandsSearch,
  nowMs: number,
  more: { readonly cursor?: string | undefined; readonly proof?: 'true' } = {},
): string {
  const { range: _range, from: _from, to: _to, user, loginUser, shell, session, ...rest } = search;
  const range = searchRange(search);
  return queryString({
    ...rest,
    ...('range' in range ? { from: nowMs - RANGE_SECONDS[range.range] * 1_000 } : range),
    users: listOf(user).join(','),
    loginUsers: listOf(loginUser).join(','),
    shells: shell,
    sessionId: session,
    ...more,
  });
}

/** `a, b` as a list. */
export function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').flatMap((part) => part.trim() || []);
}

/** What a saved search keeps: the query string of the page. */
export function searchText(search: CommandsSearch): string {
  return new URLSearchParams(Object.entries(search).map(([name, value]) => [name, String(value)])).toString();
}

export function searchOfText(query: string): CommandsSearch {
  return parseCommandsSearch(Object.fromEntries(new URLSearchParams(query)));
}

/** Words of a text search, and phrases in double quotes, as the server reads them. */
export function searchWords(q: string): string[] {
  return [...q.matchAll(/"([^"]+)"|(\S+)/g)].map(([, phrase, word]) => phrase ?? word ?? '');
}
