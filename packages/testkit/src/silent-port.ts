import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type SilentPort = AsyncDisposable & { readonly port: number; readonly close: () => Promise<void> };

/** Connections that fill a backlog of 1 on Linux, with some to spare. */
const FILLERS = 6;
const START_TIMEOUT_MS = 60_000;

/**
 * A port on loopback that leaves connection attempts without any answer, as a firewall that drops packets does: a
 * listener whose backlog is full in a process that was stopped.
 */
export async function startSilentPort(): Promise<SilentPort> {
  const script = `const s = require('net').createServer(); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const fillers: Socket[] = [];
  for (let count = 0; count < FILLERS; count += 1) fillers.push(connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.race(fillers.map((socket) => once(socket, 'connect')));
  const close = async () => {
    for (const socket of fillers) socket.destroy();
    child.kill('SIGKILL');
    await exited;
  };
  return { port, close, [Symbol.asyncDispose]: close };
}
