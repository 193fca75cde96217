import type { ServerResponse } from 'node:http';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { LiveHub } from './live-hub.ts';

const VIEWER_LIMIT = 1_000;
/** A viewer that has this much unread is cut off; its browser connects again by itself. */
const UNREAD_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
/** Streams end after this time, so that a session that was ended cannot look on for long. */
const LIFETIME_MS = 10 * 60_000;

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) from the hub to browsers. */
export type LiveStreams = {
  /** Takes the response over. Throws `unavailable` when too many watch. */
  readonly add: (response: ServerResponse, headers: Readonly<Record<string, string>>) => void;
  readonly count: () => number;
  readonly close: () => void;
};

export function createLiveStreams(hub: LiveHub): LiveStreams {
  const open = new Set<() => void>();
  return {
    add(response, headers) {
      if (open.size >= VIEWER_LIMIT) throw new AppError('unavailable', undefined, { retryAfterS: 30 });
      const write = (text: string) => {
        if (response.writableLength > UNREAD_BYTES) response.destroy();
        else response.write(text);
      };
      response.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      write('retry: 2000\n\n');
      const unsubscribe = hub.subscribe(write);
      const heartbeat = setInterval(() => write(': alive\n\n'), HEARTBEAT_MS);
      const lifetime = setTimeout(() => response.end(), LIFETIME_MS);
      const end = () => {
        response.end();
      };
      open.add(end);
      response.on('close', () => {
        open.delete(end);
        clearInterval(heartbeat);
        clearTimeout(lifetime);
        unsubscribe();
      });
      response.on('error', () => response.destroy());
    },
    count: () => open.size,
    close() {
      for (const end of open) end();
    },
  };
}
