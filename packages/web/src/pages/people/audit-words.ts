import type { AuditEntry } from '@watchpost/contracts/api/identity';
import type { TFunction } from 'i18next';
import { moment } from '../../parts/moment.ts';

type Names = ReadonlyMap<string, string>;
type Search = Readonly<Record<string, unknown>>;

/** What was done, in words; the name of an action that this page does not know. */
export function actionText(t: TFunction, action: string): string {
  const key = `people.actions.${action}`;
  const words: string = t(key as 'people.actions.session.begin', { defaultValue: action });
  return words === key ? action : words;
}

/** What it was done to: a search in words, hosts by their names. `hosts`: names by id. */
export function subjectText(t: TFunction, entry: Pick<AuditEntry, 'action' | 'subject'>, hosts: Names): string {
  const search = /^(commands|audit)\./.test(entry.action) ? searchOf(entry.subject) : null;
  if (search !== null) return searchText(t, search, hosts);
  let text = entry.subject;
  for (const [id, name] of hosts) text = text.replaceAll(id, name);
  return text;
}

function searchOf(subject: string): Search | null {
  if (!subject.startsWith('{')) return null;
  try {
    return JSON.parse(subject) as Search;
  } catch {
    // A search that was too long for the log.
    return null;
  }
}

function searchText(t: TFunction, search: Search, hosts: Names): string {
  const { from, to, ...rest } = search;
  const parts = Object.entries(rest).map(([name, value]) => {
    const values = (Array.isArray(value) ? value : [value]).map(String);
    return partText(t, name, values, hosts);
  });
  const times = [from, to].map((at) => (typeof at === 'number' ? moment(at, false) : ''));
  if (times.some(Boolean)) parts.push(`${t('commands.at')}: ${times.join(' – ')}`);
  return parts.length === 0 ? t('people.everything') : parts.join(' · ');
}

const LABELS = {
  q: 'commands.words',
  users: 'commands.user',
  loginUsers: 'commands.loginUser',
  hosts: 'commands.host',
  groups: 'hosts.group',
  shells: 'commands.shell',
  exit: 'commands.outcome',
  hidden: 'commands.hiddenBy',
  kinds: 'commands.kinds',
  sessionId: 'commands.session',
  sources: 'commands.source',
  token: 'commands.only.token',
} as const;

function partText(t: TFunction, name: string, values: readonly string[], hosts: Names): string {
  const label = Object.hasOwn(LABELS, name) ? t(LABELS[name as keyof typeof LABELS]) : name;
  return `${label}: ${values.map((value) => valueText(t, name, value, hosts)).join(', ')}`;
}

function valueText(t: TFunction, name: string, value: string, hosts: Names): string {
  const known = (key: string): string => t(key as 'commands.outcomes.ok', { defaultValue: value });
  switch (name) {
    case 'hosts':
      return hosts.get(value) ?? value;
    case 'exit':
      return known(`commands.outcomes.${value}`);
    case 'kinds':
      return known(`commands.kind.${value}`);
    case 'hidden':
      return value === 'any' || value === 'none' ? t(`commands.hiddens.${value}`) : known(`commands.hidden.${value}`);
    default:
      return value;
  }
}
