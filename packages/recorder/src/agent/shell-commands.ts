import { type CommandCause, type Hidden, hiddenSchema, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { ShellIdentity } from '../identity/identify.ts';
import type { Found } from '../reader/follow-spool.ts';
import type { SpoolFile, SpoolFileName } from '../reader/spool-file.ts';
import type { ShellHeader, ShellRecord } from '../spool-format/shell-record.ts';
import type { FilePosition } from './checkpoint.ts';
import { createCommandTimes } from './command-times.ts';
import type { CommandText } from './command-text.ts';

/** Starts of one shell whose end is awaited. */
const MOST_OPEN = 16;
/** Records that one shell can have failed to write one after the other. Who jumps further wrote the number by hand. */
const MOST_MISSING = 1_000_000;
/** Commands that read from the terminal themselves: a shell that runs them looks as if it were at its prompt. */
const READS_ITSELF = /\b(?:read|vared|select|mapfile|readarray)\b/;

type Identify = (file: SpoolFileName & { readonly ownerUid: number }, header: ShellHeader | null) => ShellIdentity;

/** written: records that the hooks numbered, and those that the recorder added itself. */
export type Counts = { written: number; missing: number; refused: number };
export const NO_COUNTS: Readonly<Counts> = { written: 0, missing: 0, refused: 0 };

/** What is known of a shell from before: number of its last record, and its commands that run. */
export type ShellPast = {
  readonly sequence: number;
  /** Records up to this number are in the spool of the recorder already. Those after `sequence` will be read again. */
  readonly repeated: number;
  readonly open: FilePosition['open'];
  readonly mayRead: boolean;
  readonly isClosed: boolean;
};

/** One shell: turns the records of its spool file into records of the audit. */
export type ShellCommands = {
  readonly identity: () => ShellIdentity;
  readonly past: () => Pick<FilePosition, 'sequence' | 'open' | 'mayRead' | 'isClosed'>;
  /** What comes next is in the spool of the recorder already. */
  readonly isRepeating: () => boolean;
  /** A command runs: its end has not been seen. */
  readonly isRunning: () => boolean;
  /** Its end is recorded. */
  readonly isClosed: () => boolean;
  /** The command that runs may read from the terminal by a builtin of the shell. */
  readonly mayRead: () => boolean;
  readonly take: (found: Found) => readonly UnchainedCommand[];
  readonly closed: (exitCode: number | null, detail: string) => UnchainedCommand;
  /** The shell ended within a record. */
  readonly torn: (bytes: number) => UnchainedCommand;
  readonly silent: (cause: CommandCause, detail: string) => UnchainedCommand;
  readonly refused: (cause: CommandCause, detail: string) => UnchainedCommand;
};

export function createShellCommands(options: {
  readonly file: SpoolFile;
  readonly past: ShellPast;
  readonly identify: Identify;
  /** What was typed, masked. */
  readonly textOf: (bytes: Buffer) => CommandText;
  readonly counts: Counts;
  readonly clock: Clock;
}): ShellCommands {
  const { file, past, identify, textOf, counts, clock } = options;
  let { sequence } = past;
  const header = file.offset() > 0 ? file.first() : null;
  let identity = identify(file, header?.kind === 'S' ? header.shell : null);
  let isRefused = identity.trouble !== null;
  let refusedTrouble = false;
  /** The record that says what shell this is can only be the first one: a later one was put there by hand. */
  let isAtBegin = file.offset() === 0;
  let isRepeating = past.repeated > past.sequence;
  let { isClosed, mayRead } = past;
  const open = new Map<number, number>(past.open);
  const times = createCommandTimes({ clock, startTicks: file.startTicks });

  const nowUs = (): number => Math.round(clock.wallMs() * 1_000);
  const record = (own: Pick<UnchainedCommand, 'kind' | 'at'> & Partial<UnchainedCommand>): UnchainedCommand => {
    const { trouble: _, ...who } = identity;
    if (own.shellSequence === undefined) counts.written += 1;
    return { ...NOTHING, ...who, ...own };
  };
  const refused = (cause: CommandCause, detail: string, more: Partial<UnchainedCommand> = {}): UnchainedCommand => {
    counts.refused += 1;
    return record({ kind: 'refused', at: nowUs(), cause, detail, ...more });
  };

  const take = (found: Found): readonly UnchainedCommand[] => {
    if ('trouble' in found) {
      const detail = found.trouble === 'truncated' ? 'the spool file was made shorter' : 'the spool file was removed or replaced';
      return [record({ kind: 'gap', at: nowUs(), cause: found.trouble, detail })];
    }
    const { piece } = found;
    const isFirst = isAtBegin;
    isAtBegin = false;
    if ('refused' in piece) return [refused(piece.refused, `${piece.bytes} bytes are no record`)];
    const numbered = piece.record.sequence;
    if (piece.record.kind === 'S') {
      // Its number is not believed either: the next record of the shell itself would be refused for it.
      if (!isFirst) return [refused('forged', `record ${numbered} begins a shell in the file of another one`)];
      identity = identify(file, piece.record.shell);
      isRefused = identity.trouble !== null;
    }
    if (isRefused) {
      if (refusedTrouble) {
        counts.refused += 1;
        return [];
      }
      refusedTrouble = true;
      return [refused(identity.trouble?.cause ?? 'forged', identity.trouble?.detail ?? '')];
    }
    // What the spool of the recorder has already: read again after a restart.
    if (isRepeating && numbered <= past.repeated) {
      note(piece.record);
      sequence = Math.max(sequence, numbered);
      isRepeating = numbered < past.repeated;
      return [];
    }
    if (isRepeating) {
      sequence = past.repeated;
      isRepeating = false;
    }
    // The text is kept: who writes numbers ahead by hand must not hide with them what he types afterwards.
    if (numbered <= sequence) {
      const detail = `record ${numbered} comes after record ${sequence}`;
      return [refused('forged', detail, 'text' in piece.record ? textOf(piece.record.text) : {})];
    }
    const missing = numbered - sequence - 1;
    if (missing > MOST_MISSING) {
      const detail = `record ${numbered} comes after record ${sequence}: no shell skips so many`;
      return [refused('forged', detail, 'text' in piece.record ? textOf(piece.record.text) : {})];
    }
    sequence = numbered;
    counts.written += missing + 1;
    counts.missing += missing;
    const command = commandOf(piece.record);
    if (missing === 0) return [command];
    const detail = `records ${numbered - missing} to ${numbered - 1} of this shell were never found`;
    return [record({ kind: 'gap', at: nowUs(), cause: 'sequence', detail, missing }), command];
  };

  /** Which commands run. */
  const note = (from: ShellRecord): void => {
    if (from.kind === 'E') open.delete(from.startOf);
    if (from.kind === 'X') open.clear();
    if (from.kind !== 'B') return;
    open.set(from.sequence, from.at);
    times.began(from.sequence);
    mayRead = READS_ITSELF.test(from.text.toString('latin1'));
    if (open.size <= MOST_OPEN) return;
    const oldest = open.keys().next().value ?? 0;
    open.delete(oldest);
    times.forget(oldest);
  };

  const commandOf = (from: ShellRecord): UnchainedCommand => {
    const shellSequence = from.sequence;
    switch (from.kind) {
      case 'S':
        return record({
          kind: 'opened',
          at: from.at,
          shellSequence,
          cwd: from.shell.cwd.slice(0, 4_096),
          detail: from.shell.version.slice(0, 100),
        });
      case 'B': {
        note(from);
        const cwd = from.cwd.toString('utf8').slice(0, 4_096);
        return record({
          kind: 'start',
          at: from.at,
          shellSequence,
          ...textOf(from.text),
          cwd,
          hidden: hiddenOf(from.hidden),
        });
      }
      case 'D':
        return record({
          kind: 'start',
          at: open.get(from.startOf) ?? nowUs(),
          shellSequence,
          startOf: from.startOf,
          ...textOf(from.text),
          hidden: 'history-off',
        });
      case 'E': {
        const startedAt = open.get(from.startOf) ?? null;
        open.delete(from.startOf);
        return record({
          kind: 'end',
          at: from.at,
          shellSequence,
          startOf: from.startOf,
          startedAt,
          exitCode: from.status,
          durationUs: startedAt === null ? null : times.durationUs(from.startOf, startedAt, from.at),
        });
      }
      case 'X':
        return { ...closed(from.status, 'the shell ended', shellSequence), at: from.at };
    }
  };

  const closed = (exitCode: number | null, detail: string, shellSequence?: number): UnchainedCommand => {
    const [last] = [...open.entries()].slice(-1);
    open.clear();
    isClosed = true;
    return record({
      kind: 'closed',
      at: nowUs(),
      startOf: last?.[0] ?? null,
      startedAt: last?.[1] ?? null,
      exitCode,
      detail,
      ...(shellSequence === undefined ? {} : { shellSequence }),
    });
  };

  return {
    identity: () => identity,
    past: () => ({ sequence, open: [...open], mayRead, isClosed }),
    isRepeating: () => isRepeating,
    isRunning: () => open.size > 0,
    isClosed: () => isClosed,
    mayRead: () => mayRead,
    take,
    refused,
    closed: (exitCode, detail) => closed(exitCode, detail),
    torn: (bytes) =>
      record({ kind: 'gap', at: nowUs(), cause: 'torn', detail: `the last record was cut: ${bytes} bytes are no whole record` }),
    silent: (cause, detail) => record({ kind: 'silent', at: nowUs(), cause, detail }),
  };
}

function hiddenOf(text: string): Hidden | null {
  const hidden = hiddenSchema.safeParse(text);
  return hidden.success ? hidden.data : null;
}

export const NOTHING: UnchainedCommand = {
  kind: 'gap',
  at: 0,
  sessionId: '',
  shellId: null,
  shellPid: null,
  shellSequence: null,
  startOf: null,
  startedAt: null,
  shell: null,
  text: null,
  textBase64: null,
  textBytes: null,
  cwd: null,
  exitCode: null,
  durationUs: null,
  user: null,
  uid: null,
  loginUser: null,
  loginUid: null,
  tty: null,
  sourceIp: null,
  interactive: null,
  hidden: null,
  redactions: [],
  cause: null,
  detail: null,
  missing: null,
};
