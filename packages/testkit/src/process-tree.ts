import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of /proc/PID/stat: 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** What a process and all that it started use now. Linux only. */
export type TreeUsage = {
  readonly pids: readonly number[];
  readonly rssBytes: number;
  /** Of the process itself, without what it started. */
  readonly ownRssBytes: number;
  /** The part of {@link rssBytes} that no file backs: what the system cannot take back without swapping. */
  readonly anonymousBytes: number;
  /**
   * User and system time since their start, µs: of the living threads to the nanosecond (schedstat), of children that have
   * ended in steps of 10 ms. Threads that have ended do not count.
   */
  readonly cpuUs: number;
};

/** Reads the usage of the process `pid` and its descendants. A process that is gone counts as nothing. */
export function readTreeUsage(pid: number): TreeUsage {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const child = Number(name);
    const stat = Number.isInteger(child) ? readStat(child) : null;
    if (stat !== null) parents.set(child, Number(stat[1]));
  }
  const pids = [pid];
  for (const parent of pids) for (const [child, of] of parents) if (of === parent) pids.push(child);
  const living = pids.map((each) => ({ pid: each, stat: readStat(each) })).filter(({ stat }) => stat !== null);
  return {
    pids: living.map((each) => each.pid),
    rssBytes: living.reduce((sum, each) => sum + readMemory(each.pid, 'VmRSS'), 0),
    ownRssBytes: readMemory(pid, 'VmRSS'),
    anonymousBytes: living.reduce((sum, each) => sum + readMemory(each.pid, 'RssAnon'), 0),
    cpuUs: living.reduce((sum, each) => sum + threadsCpuUs(each.pid) + endedChildrenCpuUs(each.stat ?? []), 0),
  };
}

/** Fields of /proc/PID/stat from the third on (state, parent, …): proc(5). */
function readStat(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Fields of /proc/PID/task/TID/schedstat: ns on a processor, ns waiting for one, turns. */
function threadsCpuUs(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce(
      (sum, tid) => sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1').split(' ')[0]) / 1e3,
      0,
    );
  } catch {
    return 0;
  }
}

/** cutime and cstime are fields 16 and 17 of /proc/PID/stat, counted from 1. */
function endedChildrenCpuUs(stat: readonly string[]): number {
  return stat.slice(13, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * (1e6 / TICKS_PER_S);
}

/** Resident memory of one process; in `pssBytes` each page counts by the share of those that use it. 0: not to be read. */
export function readResident(pid: number): { readonly rssBytes: number; readonly pssBytes: number } {
  const [rssBytes = 0, pssBytes = 0] = readFields(`/proc/${pid}/smaps_rollup`, ['Rss', 'Pss']);
  return { rssBytes, pssBytes };
}

/** Resident memory. Pages that several processes share count in each of them. */
function readMemory(pid: number, field: 'VmRSS' | 'RssAnon'): number {
  return readFields(`/proc/${pid}/status`, [field])[0] ?? 0;
}

/** Lines of a file of /proc such as `VmRSS:  123 kB`, in bytes; none: not to be read. */
function readFields(path: string, fields: readonly string[]): readonly number[] {
  try {
    const text = readFileSync(path, 'latin1');
    return fields.map((field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024);
  } catch {
    return [];
  }
}
