import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Log } from '@watchpost/runtime/log/log';
import { engineConfig } from './engine-config.ts';
import { type EngineProgram, findEngineProgram } from './engine-program.ts';

const LIMITS = {
  /** A start that takes longer has failed. Opening a large store reads all its parts. */
  startMs: 60_000,
  /** How long another process may still hold the folder, as one that is just ending. */
  lockedMs: 20_000,
  stopMs: 20_000,
  restartFirstMs: 100,
  restartMostMs: 10_000,
  /** An engine that ran this long is healthy again. */
  stableMs: 60_000,
  outputBytes: 8_192,
} as const;

const LOCKED = /Code: 76\b|CANNOT_OPEN_FILE/;

export type PrivateEngine = {
  /** Base address of the running engine; null while it is being restarted. */
  readonly address: () => string | null;
  readonly secret: string;
  readonly kind: EngineProgram['kind'];
  /** Process id of the engine; null while it is being restarted. */
  readonly pid: () => number | null;
  readonly close: () => Promise<void>;
};

type Running = {
  readonly child: ChildProcess;
  readonly port: number;
  readonly exited: Promise<void>;
  readonly output: () => string;
};

/**
 * Starts an engine of our own over `dir` as a child process and keeps it running: when it dies it is started again,
 * with growing pauses. It ends by itself when this process dies, since its standard input closes.
 */
export async function startPrivateEngine(options: { readonly dir: string; readonly log: Log }): Promise<PrivateEngine> {
  const { dir, log } = options;
  const program = await findEngineProgram();
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const secret = randomBytes(24).toString('hex');
  let running: Running | null = await startUnlocked(program, dir, secret);
  const stopping = new AbortController();

  const supervise = async (): Promise<void> => {
    let pauseMs: number = LIMITS.restartFirstMs;
    while (!stopping.signal.aborted) {
      if (running !== null) {
        const since = performance.now();
        const { exited, output }: Running = running;
        await exited;
        running = null;
        if (stopping.signal.aborted) return;
        if (performance.now() - since > LIMITS.stableMs) pauseMs = LIMITS.restartFirstMs;
        log.error({ output: output(), pauseMs }, 'the storage engine ended; it is started again');
      }
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, LIMITS.restartMostMs);
      try {
        running = await startOnce(program, dir, secret);
        log.info('the storage engine runs again');
      } catch (error) {
        log.error({ err: error, pauseMs }, 'the storage engine does not start');
      }
    }
  };
  const supervision = supervise();

  return {
    address: () => (running === null ? null : `http://127.0.0.1:${running.port}`),
    secret,
    kind: program.kind,
    pid: () => running?.child.pid ?? null,
    close: async () => {
      stopping.abort();
      if (running !== null) await stop(running);
      await supervision;
      // The supervision may have started it again while we asked it to end.
      if (running !== null) await stop(running);
    },
  };
}

async function startUnlocked(program: EngineProgram, dir: string, secret: string): Promise<Running> {
  const until = performance.now() + LIMITS.lockedMs;
  for (;;) {
    try {
      return await startOnce(program, dir, secret);
    } catch (error) {
      const isLocked = error instanceof Error && LOCKED.test(error.message);
      if (!isLocked) throw error;
      if (performance.now() > until) {
        throw new AppError('engine-failed', `another process uses the data folder ${dir}; stop it first`, { cause: error });
      }
      await delay(250);
    }
  }
}

async function startOnce(program: EngineProgram, dir: string, secret: string): Promise<Running> {
  const port = await freePort();
  const configFile = join(dir, 'engine.xml');
  await writeFile(configFile, engineConfig({ port, secret }), { mode: 0o600 });
  const child = spawn(
    program.command,
    [...program.before, `--path=${join(dir, 'store')}`, `--config-file=${configFile}`, ...program.after],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: dir,
      // A group of its own: Ctrl-C in a terminal reaches us, and we end the engine in order.
      detached: true,
      env: { PATH: process.env['PATH'] ?? '', HOME: dir, TZ: 'UTC', ...program.env },
    },
  );
  child.stdin?.on('error', () => undefined);
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-LIMITS.outputBytes);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  let hasExited = false;
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      hasExited = true;
      resolve();
    });
    child.once('exit', () => {
      hasExited = true;
      resolve();
    });
  });
  const running = { child, port, exited, output: () => output.trim() };
  const until = performance.now() + LIMITS.startMs;
  while (!(await answersPing(port))) {
    if (hasExited) throw new AppError('engine-failed', running.output().slice(-2_000) || 'it ended at once');
    if (performance.now() > until) {
      child.kill('SIGKILL');
      throw new AppError('engine-failed', `it did not answer within ${LIMITS.startMs / 1_000} s`);
    }
    await delay(20);
  }
  return running;
}

async function stop(running: Running): Promise<void> {
  running.child.stdin?.end();
  const timer = setTimeout(() => running.child.kill('SIGKILL'), LIMITS.stopMs);
  await running.exited;
  clearTimeout(timer);
}

async function answersPing(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/ping`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(2_000),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
