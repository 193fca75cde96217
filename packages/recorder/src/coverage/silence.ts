import type { ProcessLine } from '../identity/process-facts.ts';
import { isInteractiveShell, shellName } from './shell-watch.ts';
import { isTerminalRaw } from './terminal-mode.ts';

/** A doubt must be there at so many looks in a row: what a prompt runs for itself, or a shell that just begins, is none. */
const LOOKS_BEFORE_TOLD = 2;
/** Looks between two questions about the same terminal: each one starts a process. */
const LOOKS_BETWEEN_QUESTIONS = 10;

/** What is known of a hooked shell besides its process. */
export type HookedShell = {
  /** A command runs, as far as its hook told. */
  readonly isRunning: boolean;
  readonly mayRead: boolean;
  /** Records came since the last look. */
  readonly hasNews: boolean;
  /** What its process executed when its hook began: `image`. */
  readonly image: string;
};

/** Says of one hooked shell, look by look, whether it lives on without its hook. */
export type SilenceCheck = {
  /** What is wrong, as a sentence; null: nothing that is certain. */
  readonly look: (process: ProcessLine, shell: HookedShell) => Promise<string | null>;
  /** Something was wrong at the last look, and is not certain yet. */
  readonly isInDoubt: () => boolean;
};

export function createSilenceCheck(options: { readonly procDir: string }): SilenceCheck {
  const { procDir } = options;
  let doubt = '';
  let looks = 0;
  let askedAgo = LOOKS_BETWEEN_QUESTIONS;

  const isSeenAgain = (now: string): boolean => {
    looks = now === doubt ? looks + 1 : 1;
    doubt = now;
    return looks >= LOOKS_BEFORE_TOLD;
  };

  const settled = (): null => {
    doubt = '';
    return null;
  };

  return {
    isInDoubt: () => doubt !== '',
    async look(process, shell) {
      askedAgo += 1;
      if (shell.image !== '0' && process.image !== '0' && process.image !== shell.image) {
        // A program that took the place of the shell is its last command. A shell in its place needs a moment for its hook.
        if (!isInteractiveShell(procDir, process) || !isSeenAgain(`exec ${process.image}`)) return null;
        return `the shell was replaced (exec) by ${article(shellName(process.name) ?? 'shell')} without a hook`;
      }
      if (shell.hasNews || process.ttyNumber <= 0 || process.foreground <= 0) {
        return settled();
      }
      if (process.foreground !== process.group) {
        // One command that is long enough to be seen twice: a prompt may run short ones of its own.
        if (shell.isRunning) return settled();
        if (!isSeenAgain(`command ${process.foreground}`)) return null;
        return 'the shell runs a command that its hook has not told';
      }
      if (!shell.isRunning || shell.mayRead) return settled();
      if (!isSeenAgain('prompt') || askedAgo < LOOKS_BETWEEN_QUESTIONS) return null;
      askedAgo = 0;
      return (await isTerminalRaw(procDir, process.pid)) === true
        ? 'the shell is back at its prompt, but its hook has not told that the command ended'
        : null;
    },
  };
}

function article(name: string): string {
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}
