import { isIP } from 'node:net';
import type { StoredCommand } from '@watchpost/contracts/api/audit';
import { FIRST_PREVIOUS_HASH } from '@watchpost/contracts/commands/command';

/** In the order in which the original looked for them. */
const FIELDS = ['history_id', 'history_ip', 'history_user', 'history_datetime', 'history_command'] as const;
const FUTURE_MS = 24 * 3_600_000;
const USER_LENGTH = 256;

export type LegacyQuery = Readonly<Record<string, unknown>>;
export type LegacyEntry = {
  readonly historyId: number;
  readonly ip: string;
  readonly user: string;
  /** Unix ms. */
  readonly at: number;
  readonly text: string;
};

/** What came in; or the answer that says what is missing or wrong. */
export function readLegacyEntry(
  query: LegacyQuery,
  now: number,
): LegacyEntry | { readonly missing: string } | { readonly wrong: string } {
  const values = new Map<string, string>();
  for (const field of FIELDS) {
    const given = query[field];
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (typeof value !== 'string' || value === '') return { missing: field };
    values.set(field, value);
  }
  const value = (field: (typeof FIELDS)[number]): string => values.get(field) ?? '';
  const historyId = Number(value('history_id'));
  const ip = value('history_ip');
  const user = value('history_user');
  const at = readLocalTime(value('history_datetime'));
  if (!Number.isSafeInteger(historyId)) return { wrong: 'history_id must be a whole number' };
  if (isIP(ip) === 0) return { wrong: 'history_ip must be an IP address' };
  if (user.length > USER_LENGTH) return { wrong: `history_user must have ${USER_LENGTH} characters at most` };
  if (at === null) return { wrong: 'history_datetime must be YYYY-MM-DD HH:MM:SS' };
  if (at > now + FUTURE_MS) return { wrong: 'history_datetime must not lie more than a day in the future' };
  return { historyId, ip, user, at, text: value('history_command') };
}

/** Id of a host that is known by its address only. */
export function legacyHostId(ip: string): string {
  return `legacy-${ip.replaceAll(/[:%]/g, '_')}`.slice(0, 64);
}

/** The record of an entry: in no chain, so its hashes are zeros. `sequence` is its only identity. */
export function toLegacyRecord(
  entry: LegacyEntry,
  place: { readonly sequence: number; readonly sentFrom: string; readonly receivedAt: number },
): StoredCommand {
  return {
    hostId: legacyHostId(entry.ip),
    epoch: 0,
    sequence: place.sequence,
    kind: 'start',
    at: entry.at * 1_000,
    sessionId: 'legacy',
    shellId: null,
    shellPid: null,
    shellSequence: null,
    startOf: null,
    startedAt: null,
    shell: null,
    text: entry.text,
    textBase64: null,
    textBytes: Buffer.byteLength(entry.text),
    cwd: null,
    exitCode: null,
    durationUs: null,
    user: entry.user,
    uid: null,
    loginUser: null,
    loginUid: null,
    tty: null,
    sourceIp: null,
    interactive: null,
    hidden: null,
    redactions: [],
    cause: null,
    detail: `history ${entry.historyId}, sent from ${place.sentFrom}`,
    missing: null,
    previousHash: FIRST_PREVIOUS_HASH,
    hash: FIRST_PREVIOUS_HASH,
    source: 'legacy',
    receivedAt: place.receivedAt,
  };
}

/** `2014-03-04 10:22:33` in the server's own time zone, as the original stored it; null: it is not that. */
function readLocalTime(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const time = new Date(year, month - 1, day, hour, minute, second);
  const isReal = time.getMonth() === month - 1 && time.getDate() === day && time.getHours() === hour;
  return isReal && time.getTime() >= 0 ? time.getTime() : null;
}

/** `2014-03-04 10:22:33` in the server's own time zone. */
export function formatLocalTime(ms: number): string {
  const time = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
