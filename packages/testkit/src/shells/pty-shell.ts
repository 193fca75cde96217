import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** Characters of output that are kept, the newest. */
const MAX_OUTPUT = 4_000_000;
const ANSWER_MS = 20_000;
const LOOK_EVERY_MS = 2;

/** A program on a real terminal, as a person has it. */
export type PtyShell = AsyncDisposable & {
  /** What it wrote so far, as a terminal gets it. */
  readonly output: () => string;
  /** Writes bytes as if they were typed. */
  readonly type: (text: string | Buffer) => void;
  /** Types a line and waits for the next prompt. */
  readonly run: (line: string | Buffer) => Promise<string>;
  readonly waitFor: (pattern: RegExp) => Promise<void>;
  /** Hangs up, as a terminal window that is closed. */
  readonly close: () => Promise<void>;
};

export const PROMPT = 'pr0mpt> ';

/**
 * Starts a command line on a terminal made by script(1). Its prompt must be `PROMPT`. The terminal is as wide as bash
 * allows, so that no line is broken.
 */
export function startPtyShell(
  command: string,
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): PtyShell {
  const child = spawn('script', ['-qfec', `stty cols 5000 -echo 2>/dev/null; exec ${command}`, '/dev/null'], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C.UTF-8', TERM: 'dumb', SHELL: '/bin/sh', ...options.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output = (output + bytes.toString('utf8')).slice(-MAX_OUTPUT)));
  child.stdin.on('error', () => {});
  const ended = once(child, 'close');
  let isEnded = false;
  void ended.then(() => (isEnded = true));

  const until = async (test: () => boolean, what: string): Promise<void> => {
    for (const start = performance.now(); !test(); await wait(LOOK_EVERY_MS)) {
      if (isEnded && !test()) throw new Error(`the shell ended before ${what}: ${output.slice(-2_000)}`);
      if (performance.now() - start > ANSWER_MS) throw new Error(`the shell did not give ${what}: ${output.slice(-2_000)}`);
    }
  };
  const prompts = (): number => output.split(PROMPT).length - 1;
  const close = async (): Promise<void> => {
    // The kernel hangs up the terminal of a script(1) that is gone. Asked to end, it would wait for a shell that does not.
    if (!isEnded) child.kill('SIGKILL');
    await ended;
  };
  return {
    output: () => output,
    type: (text) => child.stdin.write(text),
    async run(line) {
      await until(() => prompts() > 0, 'its first prompt');
      const before = prompts();
      const from = output.length;
      child.stdin.write(Buffer.concat([Buffer.from(line), Buffer.from('\n')]));
      await until(() => prompts() > before, `a prompt after ${String(line).slice(0, 100)}`);
      return output.slice(from);
    },
    waitFor: (pattern) => until(() => pattern.test(output), String(pattern)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
