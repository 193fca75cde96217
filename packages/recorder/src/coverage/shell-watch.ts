import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessFacts, type ProcessLine, readProcess, readProcessLine } from '../identity/process-facts.ts';

/** An interactive shell that runs without a hook. */
export type UnhookedShell = {
  readonly pid: number;
  readonly startTicks: string;
  readonly uid: number;
  readonly facts: ProcessFacts;
};

type IsHooked = (pid: number, startTicks: string) => boolean;

export type ShellWatch = {
  /** Looks at the processes of the host. Gives the unhooked shells that were not given before. */
  readonly look: (isHooked: IsHooked) => readonly UnhookedShell[];
  /** Unhooked shells that lived at the last look. */
  readonly unhooked: () => readonly { readonly pid: number; readonly uid: number }[];
};

const SHELLS: ReadonlySet<string> = new Set(['bash', 'zsh', 'fish', 'sh', 'dash', 'ash', 'ksh', 'ksh93', 'mksh', 'tcsh', 'csh']);
/** `PF_FORKNOEXEC` of the kernel: a process forked off a shell that has executed nothing is no shell of its own. */
const FORKED_ONLY = 0x40;
/** Looks at which a new process is read: it may become a shell a moment after it began, and a hook needs one to begin. */
const YOUNG_LOOKS = 3;
/** A shell without a hook is told of when it was seen so often. */
const LOOKS_BEFORE_TOLD = 2;
/** Older processes are read in turn, all of them once in this number of looks. */
const TURN_LOOKS = 20;

type Seen = {
  looks: number;
  /** Start ticks with which it was found to be a shell with a hook. */
  hookedAs: string | null;
  shell: { readonly startTicks: string; readonly uid: number; looks: number; isTold: boolean } | null;
};

/**
 * Finds interactive shells that run without a hook: `bash --norc`, a shell that has no hook, one that was started before the
 * hook was installed. A look reads new processes, the shells it knows, and a part of the others, so that a host with many
 * processes costs little.
 */
export function createShellWatch(options: { readonly procDir?: string } = {}): ShellWatch {
  const procDir = options.procDir ?? '/proc';
  const known = new Map<number, Seen>();
  let turn = 0;

  const shouldRead = (pid: number, seen: Seen, isHooked: IsHooked): boolean => {
    // As long as it counts as hooked, others look whether that process still is what it was.
    if (seen.hookedAs !== null && isHooked(pid, seen.hookedAs)) return false;
    return seen.looks <= YOUNG_LOOKS || seen.shell !== null || pid % TURN_LOOKS === turn;
  };

  return {
    look(isHooked) {
      turn = (turn + 1) % TURN_LOOKS;
      const found: UnhookedShell[] = [];
      const living = new Set<number>();
      for (const name of namesIn(procDir)) {
        const pid = Number(name);
        if (!Number.isSafeInteger(pid)) continue;
        living.add(pid);
        const seen = known.get(pid) ?? { looks: 0, hookedAs: null, shell: null };
        known.set(pid, seen);
        seen.looks += 1;
        if (!shouldRead(pid, seen, isHooked)) continue;
        const line = readProcessLine(procDir, pid);
        seen.hookedAs = line !== null && isHooked(pid, line.startTicks) ? line.startTicks : null;
        const isUnhooked = line !== null && seen.hookedAs === null && isInteractiveShell(procDir, line);
        const facts = isUnhooked ? readProcess(procDir, pid) : null;
        const [uid] = facts?.uids ?? [];
        if (facts === null || uid === undefined) {
          seen.shell = null;
          continue;
        }
        const { startTicks } = facts;
        if (seen.shell?.startTicks !== startTicks) seen.shell = { startTicks, uid, looks: 0, isTold: false };
        const { shell } = seen;
        shell.looks += 1;
        if (shell.isTold || shell.looks < LOOKS_BEFORE_TOLD) continue;
        shell.isTold = true;
        found.push({ pid, startTicks, uid, facts });
      }
      for (const pid of known.keys()) if (!living.has(pid)) known.delete(pid);
      return found;
    },
    unhooked: () => [...known].flatMap(([pid, { shell }]) => (shell?.isTold === true ? [{ pid, uid: shell.uid }] : [])),
  };
}

/** Name of the program of a shell; null: the process runs no shell. */
export function shellName(processName: string): string | null {
  const name = processName.replace(/^-/, '');
  return SHELLS.has(name) ? name : null;
}

/** A shell that reads what a person types: its input is a terminal, and it was given neither a script nor a command. */
export function isInteractiveShell(procDir: string, facts: ProcessLine): boolean {
  // oxlint-disable-next-line no-bitwise -- flags of the kernel
  if (shellName(facts.name) === null || facts.ttyNumber <= 0 || (facts.flags & FORKED_ONLY) !== 0) return false;
  try {
    const dir = join(procDir, String(facts.pid));
    if (!/^\/dev\/(pts\/|tty|console)/.test(readlinkSync(join(dir, 'fd', '0')))) return false;
    return readsFromTerminal(readFileSync(join(dir, 'cmdline'), 'utf8').split('\0').slice(1, -1));
  } catch {
    return false;
  }
}

/** Options of shells that take the next word. */
const WITH_WORD: ReadonlySet<string> = new Set(['--rcfile', '--init-file', '-o', '+o', '-O', '+O', '-C', '--init-command']);

function readsFromTerminal(words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-' || word === '--') return words.length === at + 1;
    if (/^-[a-zA-Z]*i/.test(word) || word === '--interactive') return true;
    if (/^-[a-zA-Z]*c/.test(word) || word === '--command') return false;
    if (/^-[a-zA-Z]*s/.test(word)) return true;
    if (!/^[-+]/.test(word)) return false;
    if (WITH_WORD.has(word)) at += 1;
  }
  return true;
}

function namesIn(procDir: string): readonly string[] {
  try {
    return readdirSync(procDir);
  } catch {
    return [];
  }
}
