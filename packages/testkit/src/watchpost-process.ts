import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

/** The command as a person starts it. */
export const WATCHPOST_BIN = fileURLToPath(new URL('../../watchpost/bin/watchpost.mjs', import.meta.url));

/** Characters of output that are kept, the newest. */
const MAX_OUTPUT = 1_000_000;
/** A process that was asked to stop is killed after this, ms. */
const STOP_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_MS = 60_000;
const READY_EVERY_MS = 50;

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A running `watchpost …`. At the end of its `await using` block the whole process tree is killed. */
export type WatchpostProcess = AsyncDisposable & {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it wrote so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exit: Promise<Exit>;
  /** SIGTERM to the process alone, as systemd or a person sends it; kills the tree when it takes longer than 20 s. */
  readonly stop: () => Promise<Exit>;
  /** SIGKILL. process: only itself, as the out-of-memory killer does. tree: all that it started, too. */
  readonly kill: (scope: 'process' | 'tree') => Promise<Exit>;
};

/** Starts `watchpost` with these arguments in a process group of its own. `input` is written to its standard input, which then ends. */
export function startWatchpost(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string } = {},
): WatchpostProcess {
  const child = spawn(process.execPath, [WATCHPOST_BIN, ...args], {
    env: { ...cleanEnvironment(), ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('watchpost could not be started');
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-MAX_OUTPUT)));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-MAX_OUTPUT)));
  child.stdin?.on('error', () => {});
  if (options.input !== undefined) child.stdin?.end(options.input);
  const exit = once(child, 'close').then(([code, signal]): Exit => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));

  const kill = (scope: 'process' | 'tree') => {
    try {
      process.kill(scope === 'tree' ? -pid : pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
    return exit;
  };
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => void kill('tree'), STOP_TIMEOUT_MS);
    const how = await exit;
    clearTimeout(timer);
    return how;
  };
  return {
    pid,
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    exit,
    stop,
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill('tree');
    },
  };
}

/** Runs `watchpost` to its end. */
export async function runWatchpost(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  await using running = startWatchpost(args, options);
  const timer = setTimeout(() => void running.kill('tree'), options.timeoutMs ?? READY_TIMEOUT_MS);
  const how = await running.exit;
  clearTimeout(timer);
  return { ...how, stdout: running.stdout(), stderr: running.stderr() };
}

/** A server process that is ready, and where it listens. */
export type ServerProcess = AsyncDisposable & { readonly url: string; readonly port: number; readonly process: WatchpostProcess };

/**
 * Starts `watchpost up` or `watchpost server` on loopback with its data in `dataDir` and waits until it is ready. The
 * first account is made from `admin`, whose password lies in a file.
 */
export async function startServerProcess(options: {
  readonly command: 'up' | 'server';
  readonly dataDir: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const running = startWatchpost([options.command, ...(options.args ?? [])], {
    env: { WATCHPOST_LISTEN: `127.0.0.1:${port}`, WATCHPOST_DATA: options.dataDir, ...options.env },
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitUntilReady(url, running);
  } catch (error) {
    await running.kill('tree');
    throw error;
  }
  return { url, port, process: running, [Symbol.asyncDispose]: running[Symbol.asyncDispose] };
}

/** Resolves when `/readyz` answers 200. Rejects with the output when the process ends before, or takes too long. */
export async function waitUntilReady(url: string, running: WatchpostProcess, timeoutMs = READY_TIMEOUT_MS): Promise<void> {
  const end = performance.now() + timeoutMs;
  const seen: { exit: Exit | null } = { exit: null };
  void running.exit.then((exit) => (seen.exit = exit));
  while (performance.now() < end && seen.exit === null) {
    const status = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, READY_EVERY_MS));
  }
  const why = seen.exit === null ? `not ready after ${timeoutMs} ms` : `ended with ${JSON.stringify(seen.exit)}`;
  throw new Error(`watchpost ${why}\n${running.stdout()}\n${running.stderr()}`);
}

/** The environment of this process without what would configure the one that is started. */
function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith('WATCHPOST_') && name !== 'NODE_OPTIONS',
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
