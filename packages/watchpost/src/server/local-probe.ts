import { type ChildProcess, spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { enrol, readIdentity } from '@watchpost/runtime/enrolment/enrolment';
import { PROBE_OPTIONS, SMALL } from '../../bin/agent-options.mjs';
import { VERSION } from '../version.ts';
import type { Companion } from './run-server.ts';

const LOCAL_VANTAGE = { code: 'local', name: 'This machine' };
const RESTART_MS = { first: 1_000, longest: 60_000 };
/** A probe that ran this long starts again at once. */
const STEADY_MS = 60_000;
const STOP_MS = 8_000;

/**
 * Runs a probe beside the server, as a process of its own so that nothing disturbs its clocks. It is an agent like any
 * other: it gets an identity by enrolment, and starts again when it ends.
 */
export const runLocalProbe: Companion = async ({ server, config, log, shutdown }) => {
  const dir = join(config.data, 'probe');
  const serverUrl = await server.openLocally();
  const known = await readIdentity(dir);
  if (known === null || !server.knowsAgent(known.agentId)) {
    const token = await server.inviteAgent(LOCAL_VANTAGE);
    await enrol({ serverUrl, token, kind: 'probe', vantage: LOCAL_VANTAGE.code, name: hostname(), dir, version: VERSION });
  }
  await server.addFirstTarget(LOCAL_VANTAGE.code);

  let child: ChildProcess | null = null;
  const { signal } = shutdown;
  const supervise = async () => {
    let restartMs = RESTART_MS.first;
    while (!signal.aborted) {
      const startedAt = performance.now();
      child = startProbe(dir, serverUrl, config.logLevel);
      const how = await ended(child);
      if (signal.aborted) return;
      log.error({ ...how }, 'the local probe ended and is started again');
      restartMs = performance.now() - startedAt > STEADY_MS ? RESTART_MS.first : Math.min(restartMs * 2, RESTART_MS.longest);
      await wait(restartMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const supervised = supervise();
  // Registered after the server, so it stops before it: what is measured last can still be delivered.
  shutdown.onStop('local probe', async () => {
    child?.kill('SIGTERM');
    const force = setTimeout(() => child?.kill('SIGKILL'), STOP_MS);
    await supervised;
    clearTimeout(force);
  });
};

function startProbe(dir: string, serverUrl: string, logLevel: string): ChildProcess {
  const main = join(import.meta.dirname, '../main.ts');
  const args = [
    ...PROBE_OPTIONS,
    SMALL,
    '--disable-warning=ExperimentalWarning',
    main,
    'probe',
    '--data-dir',
    dir,
    '--server',
    serverUrl,
    '--log-level',
    logLevel,
  ];
  // The channel lets the probe see that this process is gone, however it ended.
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, WATCHPOST_STARTED_BY: String(process.pid) },
  });
}

function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', () => resolve({ code: null, signal: null }));
  });
}
