import type { ServerResponse } from 'node:http';
import type { CommandLine, LiveCommands, StoredCommand } from '@watchpost/contracts/api/audit';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { formatCommandId } from '../telemetry/commands/open-command-store.ts';
import { startKey, toCommandLine } from './command-lines.ts';

export const LIVE_LIMITS = {
  viewers: 200,
  perViewer: 16,
  /** Events of one viewer are at least this far apart, ms. */
  everyMs: 100,
  /** What comes within this time of a first record goes with it, ms. */
  gatherMs: 15,
  /** Records in one event; more are counted as skipped. Wide enough for the batches of many hosts that one slow write kept waiting. */
  lines: 1_000,
  /** Starts whose end is awaited. */
  open: 50_000,
  unreadBytes: 4 * 1024 * 1024,
  heartbeatMs: 15_000,
  lifetimeMs: 10 * 60_000,
} as const;

/** Tells viewers of commands as they are stored: server-sent events. */
export type LiveCommandStreams = {
  readonly add: (
    response: ServerResponse,
    headers: Readonly<Record<string, string>>,
    viewer: { readonly name: string; readonly hostIds: readonly string[] | null },
  ) => void;
  readonly stored: (commands: readonly StoredCommand[]) => void;
  readonly endOf: (viewer: string) => void;
  readonly close: () => void;
};

type Viewer = {
  readonly name: string;
  readonly hosts: ReadonlySet<string> | null;
  readonly send: (event: LiveCommands) => void;
  readonly end: () => void;
  lines: CommandLine[];
  ends: LiveCommands['ends'];
  skipped: number;
};

export function createLiveCommands(nameOf: (hostId: string) => string): LiveCommandStreams {
  const viewers = new Set<Viewer>();
  const open = new Map<string, string>();
  let timer: NodeJS.Timeout | null = null;
  let flushedAt = -Infinity;

  const flush = (): void => {
    timer = null;
    flushedAt = performance.now();
    for (const viewer of viewers) {
      if (viewer.lines.length + viewer.ends.length + viewer.skipped === 0) continue;
      viewer.send({ commands: viewer.lines, ends: viewer.ends, skipped: viewer.skipped });
      viewer.lines = [];
      viewer.ends = [];
      viewer.skipped = 0;
    }
  };

  return {
    add(response, headers, { name, hostIds }) {
      if (viewers.size >= LIVE_LIMITS.viewers) throw new AppError('unavailable', undefined, { retryAfterS: 30 });
      if ([...viewers].filter((viewer) => viewer.name === name).length >= LIVE_LIMITS.perViewer) {
        throw new AppError('too-many-requests', undefined, { retryAfterS: 30 });
      }
      const write = (text: string): void => {
        if (response.writableLength > LIVE_LIMITS.unreadBytes) response.destroy();
        else response.write(text);
      };
      response.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      write('retry: 2000\n\n');
      const viewer: Viewer = {
        name,
        hosts: hostIds === null ? null : new Set(hostIds),
        send: (event) => write(`event: commands\ndata: ${JSON.stringify(event)}\n\n`),
        end: () => response.end(),
        lines: [],
        ends: [],
        skipped: 0,
      };
      viewers.add(viewer);
      const heartbeat = setInterval(() => write(': alive\n\n'), LIVE_LIMITS.heartbeatMs);
      const lifetime = setTimeout(() => response.end(), LIVE_LIMITS.lifetimeMs);
      response.on('close', () => {
        viewers.delete(viewer);
        clearInterval(heartbeat);
        clearTimeout(lifetime);
      });
      response.on('error', () => response.destroy());
    },
    stored(commands) {
      for (const command of commands) {
        const ends =
          command.kind === 'end' || (command.kind === 'closed' && command.startOf !== null)
            ? open.get(startKey(command))
            : undefined;
        if (command.kind === 'start') {
          open.set(startKey(command), formatCommandId(command));
          if (open.size > LIVE_LIMITS.open) open.delete(open.keys().next().value ?? '');
        } else if (ends !== undefined) open.delete(startKey(command));
        const line = command.kind === 'end' || viewers.size === 0 ? null : toCommandLine({ command, end: null }, nameOf);
        for (const viewer of viewers) {
          if (viewer.hosts !== null && !viewer.hosts.has(command.hostId)) continue;
          if (ends !== undefined && viewer.ends.length < LIVE_LIMITS.lines * 2) {
            viewer.ends.push({ id: ends, endedAt: command.at, exitCode: command.exitCode, durationUs: command.durationUs });
          }
          if (line === null) continue;
          if (viewer.lines.length < LIVE_LIMITS.lines) viewer.lines.push(line);
          else viewer.skipped += 1;
        }
      }
      const waitMs = Math.max(LIVE_LIMITS.gatherMs, flushedAt + LIVE_LIMITS.everyMs - performance.now());
      if (viewers.size > 0) timer ??= setTimeout(flush, waitMs);
    },
    endOf(name) {
      for (const viewer of viewers) if (viewer.name === name) viewer.end();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      for (const viewer of viewers) viewer.end();
    },
  };
}
