import type { ServerResponse } from 'node:http';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { LiveHub } from './live-hub.ts';

const VIEWER_LIMIT = 1_000;
/** Streams of one person or key: tabs of a browser, and a few scripts. */
const STREAMS_PER_VIEWER = 32;
/** A viewer that has this much unread is cut off; its browser connects again by itself. */
const UNREAD_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
/** Streams end after this time, so that a session that was ended cannot look on for long. */
const LIFETIME_MS = 10 * 60_000;

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) from the hub to browsers. */
export type LiveStreams = {
  /** Takes the response over. Throws `unavailable` when too many watch, `too-many-requests` when this viewer has too many. */
  readonly add: (response: ServerResponse, headers: Readonly<Record<string, string>>, viewer: string) => void;
  /** Ends the streams of a viewer who may not look on any more. */
  readonly endOf: (viewer: string) => void;
  readonly count: () => number;
  readonly close: () => void;
};

export function createLiveStreams(hub: LiveHub): LiveStreams {
  const open = new Map<() => void, string>();
  return {
    add(response, headers, viewer) {
      if (open.size >= VIEWER_LIMIT) throw new AppError('unavailable', undefined, { retryAfterS: 30 });
      if ([...open.values()].filter((other) => other === viewer).length >= STREAMS_PER_VIEWER) {
        throw new AppError('too-many-requests', undefined, { retryAfterS: 30 });
      }
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
      open.set(end, viewer);
      response.on('close', () => {
        open.delete(end);
        clearInterval(heartbeat);
        clearTimeout(lifetime);
        unsubscribe();
      });
      response.on('error', () => response.destroy());
    },
    endOf(viewer) {
      for (const [end, of] of open) if (of === viewer) end();
    },
    count: () => open.size,
    close() {
      for (const end of open.keys()) end();
    },
  };
}
