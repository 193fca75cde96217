import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** What the kernel says of a process in one line: `/proc/PID/stat`, proc(5). */
export type ProcessLine = {
  readonly pid: number;
  readonly ppid: number;
  readonly name: string;
  readonly session: number;
  readonly ttyNumber: number;
  /** Process group in the foreground of its terminal; -1: no terminal. */
  readonly foreground: number;
  readonly group: number;
  /** `PF_…` of the kernel. */
  readonly flags: number;
  readonly startTicks: string;
  /** Where its stack begins: another one after each exec. `0`: not to be seen. */
  readonly image: string;
};

/** The line, and who the process belongs to. */
export type ProcessFacts = ProcessLine & {
  readonly uids: readonly number[];
  readonly loginUid: number | null;
  readonly auditSession: number | null;
};

const UNSET = 4_294_967_295;

/** Null: there is no such process. One small read: for what is looked at often. */
export function readProcessLine(procDir: string, pid: number): ProcessLine | null {
  try {
    const stat = readLine(`${procDir}/${pid}/stat`);
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ', 26);
    return {
      pid,
      name: stat.slice(stat.indexOf('(') + 1, end),
      ppid: Number(fields[1]),
      group: Number(fields[2]),
      session: Number(fields[3]),
      ttyNumber: Number(fields[4]),
      foreground: Number(fields[5]),
      flags: Number(fields[6]),
      startTicks: fields[19] ?? '',
      image: fields[25] ?? '0',
    };
  } catch {
    return null;
  }
}

/** Longer than any such line. The buffer is used again and again: hundreds of lines are read every few seconds. */
const LINE = Buffer.alloc(4_096);

function readLine(path: string): string {
  const fd = openSync(path, 'r');
  try {
    return LINE.toString('latin1', 0, readSync(fd, LINE, 0, LINE.length, null));
  } finally {
    closeSync(fd);
  }
}

/** Null: there is no such process. */
export function readProcess(procDir: string, pid: number): ProcessFacts | null {
  const line = readProcessLine(procDir, pid);
  if (line === null) return null;
  try {
    const dir = join(procDir, String(pid));
    const status = readFileSync(join(dir, 'status'), 'latin1');
    const uids = (/^Uid:\s+(.*)$/m.exec(status)?.[1] ?? '').split(/\s+/).map(Number);
    return {
      ...line,
      uids,
      loginUid: readUnset(join(dir, 'loginuid')),
      auditSession: readUnset(join(dir, 'sessionid')),
    };
  } catch {
    return null;
  }
}

function readUnset(path: string): number | null {
  try {
    const value = Number(readFileSync(path, 'latin1').trim());
    return Number.isSafeInteger(value) && value !== UNSET ? value : null;
  } catch {
    return null;
  }
}

/** Name of a terminal, as `pts/3`; null: none. https://www.kernel.org/doc/Documentation/admin-guide/devices.txt */
export function ttyName(ttyNumber: number): string | null {
  if (!(ttyNumber > 0)) return null;
  const major = Math.trunc(ttyNumber / 256) % 4_096;
  const minor = (ttyNumber % 256) + Math.trunc(ttyNumber / 1_048_576) * 256;
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return `${major}:${minor}`;
}

/** A variable of the environment with which a process was started; null: not there, or not to be read. */
export function startVariable(procDir: string, pid: number, name: string): string | null {
  try {
    const entry = readFileSync(join(procDir, String(pid), 'environ'), 'utf8')
      .split('\0')
      .find((each) => each.startsWith(`${name}=`));
    return entry === undefined ? null : entry.slice(name.length + 1);
  } catch {
    return null;
  }
}
