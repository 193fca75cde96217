import type { CommandLine, LiveCommands } from '@watchpost/contracts/api/audit';

/** Lines kept on the page; older ones are in the search. */
export const LIVE_LINES = 5_000;

/**
 * `left`: lines that were kept once and made room for newer ones. `newestAt`: time of the newest record, Unix µs. `skipped`:
 * records that came too fast to be shown.
 */
export type LiveBuffer = {
  readonly lines: readonly CommandLine[];
  readonly left: number;
  readonly newestAt: number;
  readonly skipped: number;
};
export const EMPTY_BUFFER: LiveBuffer = { lines: [], left: 0, newestAt: 0, skipped: 0 };

/** The lines of a page as they come. Each step costs by what came, not by what is kept. */
export type LiveLines = {
  readonly buffer: () => LiveBuffer;
  /** New lines at the end, those of one call in the order of their time; ends put into the lines they belong to. Gives the buffer then. */
  readonly add: (events: readonly LiveCommands[]) => LiveBuffer;
  /** Forgets the lines, not the time of the newest. */
  readonly clear: () => LiveBuffer;
};

export function createLiveLines(): LiveLines {
  let buffer = EMPTY_BUFFER;
  /** The place of a line, counted from the first that ever was. */
  const places = new Map<string, number>();
  return {
    buffer: () => buffer,
    add(events) {
      const lines = [...buffer.lines];
      const came = new Map<string, CommandLine>();
      let { left, newestAt, skipped } = buffer;
      for (const event of events) {
        skipped += event.skipped;
        for (const line of event.commands) {
          if (came.has(line.id) || places.has(line.id)) continue;
          came.set(line.id, line);
          newestAt = Math.max(newestAt, line.at);
        }
      }
      // Hosts deliver in blocks: what comes together is put in the order of its time. What stands already does not move.
      for (const line of [...came.values()].toSorted((a, b) => a.at - b.at)) {
        places.set(line.id, left + lines.length);
        lines.push(line);
      }
      // After all lines: an end may come in an earlier event than what is filled in for its start.
      for (const { id, endedAt, exitCode, durationUs } of events.flatMap(({ ends }) => ends)) {
        const at = (places.get(id) ?? -1) - left;
        const line = lines[at];
        if (line !== undefined) lines[at] = { ...line, endedAt, exitCode, durationUs };
      }
      const over = lines.splice(0, Math.max(0, lines.length - LIVE_LINES));
      for (const { id } of over) places.delete(id);
      left += over.length;
      buffer = { lines, left, newestAt, skipped };
      return buffer;
    },
    clear() {
      places.clear();
      buffer = { ...EMPTY_BUFFER, newestAt: buffer.newestAt };
      return buffer;
    },
  };
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
