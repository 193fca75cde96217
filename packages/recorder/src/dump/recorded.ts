import { createLog } from '@watchpost/runtime/log/log';
import { dumpSpool } from './dump.ts';

/** A line of the dump, as tests of hooks look at it. */
export type Line = {
  readonly kind: string;
  readonly shell: string;
  readonly uid: number;
  readonly pid: number;
  readonly file: string;
  readonly sequence: number;
  /** Unix microseconds. */ readonly at?: number;
  readonly text?: string;
  readonly textBase64?: string;
  readonly hidden?: string | null;
  readonly cwd?: string;
  readonly exitCode?: number | null;
  readonly startOf?: number;
  readonly header?: Readonly<Record<string, unknown>>;
};

/** All that the hooks wrote to a folder, shell by shell, in the order in which they were opened. */
export async function recordedLines(dir: string): Promise<readonly Line[]> {
  const lines: Line[] = [];
  await dumpSpool({
    dir,
    isFollowing: false,
    print: (line) => lines.push(line as Line),
    log: createLog({ name: 'test', level: 'silent' }),
    signal: new AbortController().signal,
  });
  const openedAt = new Map<string, number>();
  for (const { file, at = 0 } of lines) if (!openedAt.has(file)) openedAt.set(file, at);
  return lines.toSorted((left, right) => (openedAt.get(left.file) ?? 0) - (openedAt.get(right.file) ?? 0));
}

export type RecordedCommand = {
  readonly text: string | undefined;
  /** Undefined: no END was found. */
  readonly exit: number | null | undefined;
  readonly hidden: string | null | undefined;
};

/** Commands with what became of them, shell by shell, in order. */
export async function recordedCommands(dir: string): Promise<readonly RecordedCommand[]> {
  const lines = await recordedLines(dir);
  return lines
    .filter(({ kind }) => kind === 'start')
    .map((start) => ({
      text: start.text,
      hidden: start.hidden,
      exit: lines.find(({ kind, file, startOf }) => kind === 'end' && file === start.file && startOf === start.sequence)
        ?.exitCode,
    }));
}
