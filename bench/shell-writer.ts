import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a spool file as the hook of a bash does: docs/format/shell-spool.md. */
export type ShellWriter = {
  /** START of a command; gives its number. */
  readonly begin: (text: string) => number;
  readonly end: (begun: number, status: number) => void;
  readonly close: () => void;
};

/** The file of a shell that is this process: the recorder asks the kernel whether it lives. */
export function createShellWriter(dir: string, random: number): ShellWriter {
  const uid = process.getuid?.() ?? 0;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // Field 22, counted behind the name, which may hold blanks.
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const file = openSync(join(dir, `b.${uid}.${process.pid}.${startTicks}.${random}`), 'a', 0o600);
  let sequence = 0;
  const write = (kind: string, fields: readonly (string | number)[]): number => {
    sequence += 1;
    writeSync(file, `\u001eWP1\0${[kind, sequence, ...fields].join('\0')}\0`);
    return sequence;
  };
  const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);
  write('S', [
    nowUs(),
    'bash',
    '5.2',
    process.pid,
    process.ppid,
    uid,
    uid,
    4_294_967_295,
    4_294_967_295,
    0,
    startTicks,
    bootId,
    'bench',
    '',
    1,
    process.cwd(),
    'i',
  ]);
  return {
    begin: (text) => write('B', [nowUs(), 'h', process.cwd(), '', text]),
    end: (begun, status) => void write('E', [nowUs(), begun, status, status]),
    close: () => closeSync(file),
  };
}
