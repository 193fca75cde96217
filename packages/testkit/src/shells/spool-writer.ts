import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a spool file as the hook of a shell does, faster than anybody types: `docs/format/shell-spool.md`. */
export type SpoolWriter = {
  readonly name: string;
  /** Writes a START and its END. Gives the bytes written. */
  readonly command: (text: string) => number;
  /** Records written so far. */
  readonly records: () => number;
  readonly close: () => void;
};

const MAGIC = '\x1eWP1';

/** Start ticks of a process: field 22 of `/proc/PID/stat`. */
export function startTicksOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** `pid` must be a living process of this user: the file of another one is not believed. */
export function openSpoolWriter(options: { readonly dir: string; readonly index: number; readonly pid: number }): SpoolWriter {
  const { dir, index, pid } = options;
  const uid = process.getuid?.() ?? 0;
  const ticks = startTicksOf(pid);
  const name = `b.${uid}.${pid}.${ticks}.${index}`;
  const fd = openSync(join(dir, name), 'a', 0o600);
  const nowUs = () => Date.now() * 1_000;
  let sequence = 0;
  const write = (fields: readonly (string | number)[]): number => writeSync(fd, `${[MAGIC, ...fields].join('\0')}\0`);
  const who = [pid, 1, uid, uid, '', '', 34_816, ticks, 'boot', 'host', '', 1, '/', 'i'];
  write(['S', (sequence += 1), nowUs(), 'bash', '5.2', ...who]);
  return {
    name,
    command(text) {
      const start = (sequence += 1);
      const began = write(['B', start, nowUs(), 'h', '/srv', '', text]);
      return began + write(['E', (sequence += 1), nowUs(), start, 0, '0']);
    },
    records: () => sequence,
    close: () => closeSync(fd),
  };
}
