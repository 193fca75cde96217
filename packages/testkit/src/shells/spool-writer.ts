import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a spool file as the hook of a bash does, faster than anybody types: `docs/format/shell-spool.md`. */
export type SpoolWriter = {
  readonly name: string;
  /** START of a command; gives its number. */
  readonly begin: (text: string) => number;
  readonly end: (begun: number, status: number) => void;
  /** A START and its END. */
  readonly command: (text: string) => void;
  /** Records written so far. */
  readonly records: () => number;
  readonly close: () => void;
};

/** The kernel's "not set". */
const UNSET = 4_294_967_295;

/** Start ticks of a process: field 22 of `/proc/PID/stat`, counted behind the name, which may hold blanks. */
export function startTicksOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** `pid` must be a living process of this user, as the recorder asks the kernel; `random` tells files of one process apart. */
export function openSpoolWriter(options: { readonly dir: string; readonly random: number; readonly pid?: number }): SpoolWriter {
  const { dir, random, pid = process.pid } = options;
  const uid = process.getuid?.() ?? 0;
  const ticks = startTicksOf(pid);
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const name = `b.${uid}.${pid}.${ticks}.${random}`;
  const fd = openSync(join(dir, name), 'a', 0o600);
  const cwd = process.cwd();
  let sequence = 0;
  const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);
  const write = (kind: string, fields: readonly (string | number)[]): number => {
    sequence += 1;
    writeSync(fd, `\u001eWP1\0${[kind, sequence, nowUs(), ...fields].join('\0')}\0`);
    return sequence;
  };
  write('S', ['bash', '5.2', pid, process.ppid, uid, uid, UNSET, UNSET, 0, ticks, boot, 'host', '', 1, cwd, 'i']);
  const begin = (text: string) => write('B', ['h', cwd, '', text]);
  const end = (begun: number, status: number) => void write('E', [begun, status, status]);
  return {
    name,
    begin,
    end,
    command: (text) => end(begin(text), 0),
    records: () => sequence,
    close: () => closeSync(fd),
  };
}
