import { type CommandCause, type Hidden, hiddenSchema, type UnchainedCommand } from '@watchpost/contracts/commands/command';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { ShellIdentity } from '../identity/identify.ts';
import type { Found } from '../reader/follow-spool.ts';
import type { SpoolFile, SpoolFileName } from '../reader/spool-file.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { ShellHeader, ShellRecord } from '../spool-format/shell-record.ts';
import { commandText } from './command-text.ts';

/** Starts of one shell whose end is awaited. */
const MOST_OPEN = 16;

type Identify = (file: SpoolFileName & { readonly ownerUid: number }, header: ShellHeader | null) => ShellIdentity;

/** written: records that the hooks numbered, and those that the recorder added itself. */
export type Counts = { written: number; missing: number; refused: number };

/** One shell: turns the records of its spool file into records of the audit. */
export type ShellCommands = {
  readonly identity: () => ShellIdentity;
  readonly sequence: () => number;
  /** A command runs: its end has not been seen. */
  readonly isRunning: () => boolean;
  readonly take: (found: Found) => readonly UnchainedCommand[];
  readonly closed: (exitCode: number | null, detail: string) => UnchainedCommand;
  readonly silent: (cause: CommandCause, detail: string) => UnchainedCommand;
};

export function createShellCommands(options: {
  readonly file: SpoolFile;
  /** Last sequence that is taken already. */
  readonly sequence: number;
  readonly identify: Identify;
  readonly redactor: Redactor;
  readonly counts: Counts;
  readonly clock: Clock;
}): ShellCommands {
  const { file, identify, redactor, counts, clock } = options;
  let { sequence } = options;
  let identity = identify(file, null);
  let isRefused = identity.trouble !== null;
  let refusedTrouble = false;
  const open = new Map<number, number>();

  const nowUs = (): number => Math.round(clock.wallMs() * 1_000);
  const record = (own: Pick<UnchainedCommand, 'kind' | 'at'> & Partial<UnchainedCommand>): UnchainedCommand => {
    const { trouble: _, ...who } = identity;
    if (own.shellSequence === undefined) counts.written += 1;
    return { ...NOTHING, ...who, ...own };
  };
  const refused = (cause: CommandCause, detail: string): UnchainedCommand => {
    counts.refused += 1;
    return record({ kind: 'refused', at: nowUs(), cause, detail });
  };

  const take = (found: Found): readonly UnchainedCommand[] => {
    if ('trouble' in found) {
      if (found.trouble === 'truncated') sequence = 0;
      const detail = found.trouble === 'truncated' ? 'the spool file was made shorter' : 'the spool file was removed or replaced';
      return [record({ kind: 'gap', at: nowUs(), cause: found.trouble, detail })];
    }
    const { piece } = found;
    if ('refused' in piece) return [refused(piece.refused, `${piece.bytes} bytes are no record`)];
    if (piece.record.kind === 'S') {
      identity = identify(file, piece.record.shell);
      isRefused = identity.trouble !== null;
    }
    if (isRefused) {
      counts.refused += 1;
      sequence = Math.max(sequence, piece.record.sequence);
      if (refusedTrouble) return [];
      refusedTrouble = true;
      return [
        record({
          kind: 'refused',
          at: nowUs(),
          cause: identity.trouble?.cause ?? 'forged',
          detail: identity.trouble?.detail ?? null,
        }),
      ];
    }
    const numbered = piece.record.sequence;
    // What the spool of the recorder has already: read again after a restart.
    if (numbered <= options.sequence && numbered <= sequence) return [];
    if (numbered <= sequence) return [refused('forged', `record ${numbered} comes after record ${sequence}`)];
    const missing = numbered - sequence - 1;
    sequence = numbered;
    counts.written += missing + 1;
    counts.missing += missing;
    const command = commandOf(piece.record);
    if (missing === 0) return [command];
    const detail = `records ${numbered - missing} to ${numbered - 1} of this shell were never found`;
    return [record({ kind: 'gap', at: nowUs(), cause: 'sequence', detail, missing }), command];
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
        open.set(shellSequence, from.at);
        if (open.size > MOST_OPEN) open.delete(open.keys().next().value ?? 0);
        const cwd = from.cwd.toString('utf8').slice(0, 4_096);
        return record({
          kind: 'start',
          at: from.at,
          shellSequence,
          ...commandText(from.text, redactor),
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
          ...commandText(from.text, redactor),
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
          durationUs: startedAt === null ? null : Math.max(0, from.at - startedAt),
        });
      }
      case 'X':
        return { ...closed(from.status, 'the shell ended', shellSequence), at: from.at };
    }
  };

  const closed = (exitCode: number | null, detail: string, shellSequence?: number): UnchainedCommand => {
    const [last] = [...open.entries()].slice(-1);
    open.clear();
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
    sequence: () => sequence,
    isRunning: () => open.size > 0,
    take,
    closed: (exitCode, detail) => closed(exitCode, detail),
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
