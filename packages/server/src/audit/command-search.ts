import type { CommandPage, CommandSearch } from '@watchpost/contracts/api/audit';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { CommandQuery, CommandStore } from '../telemetry/command-store.ts';
import { parseCommandId } from '../telemetry/commands/open-command-store.ts';
import { toCommandLine } from './command-lines.ts';
import type { HostDirectory } from './host-directory.ts';

const WORDS = 20;

/** What a search asks the store. Throws `bad-request` for a cursor that is none. */
export function toCommandQuery(search: CommandSearch, hosts: HostDirectory, now: number): CommandQuery {
  return {
    from: search.from ?? 0,
    to: search.to ?? now + 86_400_000,
    hostIds: hosts.resolve(search.hosts, search.groups),
    users: search.users,
    loginUsers: search.loginUsers,
    shells: search.shells,
    sessionId: search.sessionId ?? null,
    kinds: search.kinds,
    exit: search.exit ?? null,
    hidden: search.hidden ?? null,
    sources: search.sources,
    ...wordsOf(search.q),
    token: search.token ?? null,
    limit: search.limit,
    withHashes: false,
    before: search.cursor === undefined ? null : parseCursor(search.cursor),
  };
}

export async function searchCommands(
  { store, hosts, wallMs }: { readonly store: CommandStore; readonly hosts: HostDirectory; readonly wallMs: () => number },
  search: CommandSearch,
): Promise<CommandPage> {
  const hits = await store.search(toCommandQuery(search, hosts, wallMs()));
  const lines = hits.commands.map((joined) => toCommandLine(joined, hosts.nameOf));
  const last = lines.at(-1);
  return {
    commands: lines,
    next: hits.hasMore && last !== undefined ? `${last.at}@${last.id}` : null,
    searchedBackTo: hits.searchedBackTo,
  };
}

/** Words, phrases in double quotes, and `=word` for a whole word: letters, digits and what is not ASCII. */
export function wordsOf(q: string): { readonly words: readonly string[]; readonly exactWords: readonly string[] } {
  const given = [...q.matchAll(/"([^"]+)"|(\S+)/g)].slice(0, WORDS);
  const isExact = ([, phrase, word]: RegExpExecArray) =>
    phrase === undefined && /^=[0-9A-Za-z\u0080-\u{10ffff}]+$/u.test(word ?? '');
  return {
    words: given.filter((match) => !isExact(match)).map(([, phrase, word]) => phrase ?? word ?? ''),
    exactWords: given.filter(isExact).map(([, , word]) => (word ?? '').slice(1)),
  };
}

function parseCursor(text: string): CommandQuery['before'] {
  const [, at, rest] = /^(\d{1,16})@(.+)$/.exec(text) ?? [];
  const id = rest === undefined ? null : parseCommandId(rest);
  if (id === null) {
    throw new AppError('bad-request', undefined, {
      issues: [{ field: 'cursor', value: text.slice(0, 100), rule: 'must come from an answer' }],
    });
  }
  return { ...id, at: Number(at) };
}
