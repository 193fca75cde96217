import type { StoredCommand } from '@watchpost/contracts/api/audit';
import { ANY_COMMAND, type CommandStore } from '../telemetry/command-store.ts';
import { formatLocalTime } from './legacy-records.ts';

/** Commands that are kept for those who ask: the newest, of all hosts. */
const KEPT = 5_000;
const NEWEST = 5;
const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;
/** The text of one command in an answer, characters. */
const TEXT_LENGTH = 16_384;

type Kept = {
  readonly id: number;
  readonly hostId: string;
  readonly user: string;
  readonly receivedAt: number;
  readonly text: string;
};

/**
 * The newest commands under ascending numbers, as the page of the original asks for them. A number is the time at which the command
 * was stored (µs), or one more than that before it: so numbers stay in order over a restart.
 */
export type LegacyFeed = {
  readonly stored: (commands: readonly StoredCommand[]) => void;
  readonly nextId: (receivedAt: number) => number;
  /** `lastId` 0: the newest five. Newest first, then `@@` and the newest number. */
  readonly answer: (lastId: number, hosts: readonly string[]) => string;
};

export function createLegacyFeed(host: {
  readonly addressOf: (hostId: string) => string;
  readonly nameOf: (hostId: string) => string;
}): LegacyFeed {
  let kept: Kept[] = [];
  let lastId = 0;
  const nextId = (receivedAt: number): number => (lastId = Math.max(lastId + 1, receivedAt * 1_000));

  return {
    nextId,
    stored(commands) {
      for (const { kind, text, source, sequence, hostId, user, receivedAt } of commands) {
        if (kind !== 'start' || text === null) continue;
        const id = source === 'legacy' ? sequence : nextId(receivedAt);
        kept.push({ id, hostId, user: user ?? '', receivedAt, text: text.slice(0, TEXT_LENGTH) });
      }
      if (kept.length > KEPT * 2) kept = kept.slice(-KEPT);
    },
    answer(after, hosts) {
      const wanted = new Set(hosts);
      const isWanted = ({ hostId }: Kept) =>
        wanted.size === 0 || wanted.has(host.addressOf(hostId)) || wanted.has(host.nameOf(hostId));
      const newer = kept.filter((each) => each.id > after && isWanted(each)).toSorted((left, right) => right.id - left.id);
      const shown = newer.slice(0, after === 0 ? NEWEST : KEPT);
      const lines = shown.map(({ hostId, user, receivedAt, text }) => {
        const address = escapeText(host.addressOf(hostId));
        return `${address}&nbsp;&nbsp;\t${escapeText(user)}&nbsp;&nbsp;\t${formatLocalTime(receivedAt)}\t # ${escapeText(text)}*`;
      });
      return `${lines.join('')}@@${shown[0]?.id ?? after}`;
    },
  };
}

/** What the feed begins with after a start: the newest commands of the last month, in the order in which they were stored. */
export async function newestCommands(store: CommandStore, now: number): Promise<readonly StoredCommand[]> {
  const hits = await store.search({ ...ANY_COMMAND, from: now - MONTH_MS, to: now + DAY_MS, kinds: ['start'], limit: 500 });
  return hits.commands.map(({ command }) => command).toSorted((left, right) => left.receivedAt - right.receivedAt);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // These two divide records and the number from each other: what somebody types must not.
  '*': '&#42;',
  '@': '&#64;',
};

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"'*@]/g, (character) => ENTITIES[character] ?? character);
}
