import type { CommandLine, LiveCommands } from '@watchpost/contracts/api/audit';

/** Lines kept on the page; older ones are in the search. */
export const LIVE_LINES = 5_000;

/** `newestAt`: time of the newest record, Unix µs. `skipped`: records that came too fast to be shown. */
export type LiveBuffer = { readonly lines: readonly CommandLine[]; readonly newestAt: number; readonly skipped: number };
export const EMPTY_BUFFER: LiveBuffer = { lines: [], newestAt: 0, skipped: 0 };

/** The lines with what came since: new ones at the end, ends put into the lines they belong to. */
export function addLive(buffer: LiveBuffer, events: readonly LiveCommands[]): LiveBuffer {
  const ends = new Map(events.flatMap((event) => event.ends.map((end) => [end.id, end] as const)));
  const known = new Set(buffer.lines.map(({ id }) => id));
  const added: CommandLine[] = [];
  let { newestAt } = buffer;
  for (const line of events.flatMap((event) => event.commands)) {
    if (known.has(line.id)) continue;
    known.add(line.id);
    added.push(line);
    newestAt = Math.max(newestAt, line.at);
  }
  const lines = [...buffer.lines, ...added].slice(-LIVE_LINES).map((line) => {
    const end = ends.get(line.id);
    return end === undefined ? line : { ...line, endedAt: end.endedAt, exitCode: end.exitCode, durationUs: end.durationUs };
  });
  return { lines, newestAt, skipped: buffer.skipped + events.reduce((sum, event) => sum + event.skipped, 0) };
}

const texts = new WeakMap<CommandLine, string>();

/** What a filter looks at: host, users and text, in small letters. */
export function filterText(line: CommandLine, textOf: (line: CommandLine) => string): string {
  let text = texts.get(line);
  if (text === undefined) {
    text = `${line.host} ${line.loginUser ?? ''} ${line.user ?? ''} ${textOf(line)}`.toLowerCase();
    texts.set(line, text);
  }
  return text;
}
