import type { CommandLine, LiveCommands } from '@watchpost/contracts/api/audit';

/** Lines kept on the page; older ones are in the search. */
export const LIVE_LINES = 5_000;

export type LiveBuffer = { readonly lines: readonly CommandLine[]; readonly skipped: number };
export const EMPTY_BUFFER: LiveBuffer = { lines: [], skipped: 0 };

/** The lines with what came since: new ones at the end, ends put into the lines they belong to. */
export function addLive(buffer: LiveBuffer, events: readonly LiveCommands[]): LiveBuffer {
  const ends = new Map(events.flatMap((event) => event.ends.map((end) => [end.id, end] as const)));
  const known = new Set(buffer.lines.slice(-LIVE_LINES).map(({ id }) => id));
  const added = events.flatMap((event) => event.commands).filter(({ id }) => !known.has(id));
  const lines = [...buffer.lines, ...added].slice(-LIVE_LINES).map((line) => {
    const end = ends.get(line.id);
    return end === undefined ? line : { ...line, endedAt: end.endedAt, exitCode: end.exitCode, durationUs: end.durationUs };
  });
  return { lines, skipped: buffer.skipped + events.reduce((sum, event) => sum + event.skipped, 0) };
}
