import type { CommandPage, LiveCommands } from '@watchpost/contracts/api/audit';
import { api, queryString } from '../../api/client.ts';
import { choiceText, type HostChoice } from './host-choice.ts';

const RECONNECT_MS = 2_000;
/** Events that wait while the page is paused or not in sight. */
const WAITING_EVENTS = 500;
/** Newest records that a page begins with, and that fill in what came while the connection was away. */
const FILL_RECORDS = 200;
/** Records may be stored later than they happened: so far back is looked again after the connection was away. */
const OVERLAP_MS = 60_000;

export type LiveFollower = {
  readonly setPaused: (isPaused: boolean) => void;
  /** Records up to this time, Unix µs, are not filled in any more. */
  readonly forget: (at: number) => void;
  readonly retry: () => void;
  readonly close: () => void;
};

type Follow = {
  readonly choice: HostChoice;
  readonly isPaused: boolean;
  /** Time of the newest record that is shown, Unix µs; 0: there is none. */
  readonly newestAt: () => number;
  /** Once in a frame at most. `isMore`: more came while the connection was away than was filled in. */
  readonly onEvents: (events: readonly LiveCommands[], isMore: boolean) => void;
  readonly onConnected: (isConnected: boolean) => void;
  /** Records that wait while the page is paused. */
  readonly onWaiting: (count: number) => void;
  /** Null: what was asked for came. */
  readonly onFilled: (error: unknown) => void;
};

/** Follows the commands of hosts: first the newest that are stored, then each as it comes, also over a lost connection. */
export function followCommands(follow: Follow): LiveFollower {
  const query = choiceText(follow.choice);
  const aborting = new AbortController();
  let { isPaused } = follow;
  let events: LiveCommands[] = [];
  let isFilling = true;
  let isMore = false;
  let forgotten = 0;
  let frame = 0;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const draw = (): void => {
    frame = 0;
    const came = events;
    events = [];
    follow.onEvents(came, isMore);
    isMore = false;
  };
  const show = (): void => {
    if (isPaused) follow.onWaiting(events.reduce((sum, event) => sum + event.commands.length + event.skipped, 0));
    else if (!isFilling && events.length > 0) frame ||= requestAnimationFrame(draw);
  };
  const keep = (event: LiveCommands): void => {
    events.push(event);
    if (events.length <= WAITING_EVENTS) return;
    const [oldest, next, ...rest] = events;
    if (oldest === undefined || next === undefined) return;
    events = [{ ...next, skipped: next.skipped + oldest.skipped + oldest.commands.length }, ...rest];
  };

  const fill = async (): Promise<void> => {
    isFilling = true;
    const newestAt = follow.newestAt();
    const from = newestAt === 0 ? undefined : Math.floor(newestAt / 1_000) - OVERLAP_MS;
    try {
      const page = await api.get<CommandPage>(
        `/commands${queryString({ ...query, from, limit: FILL_RECORDS })}`,
        aborting.signal,
      );
      const commands = page.commands.filter(({ at }) => at > forgotten).toReversed();
      events.unshift({ commands, ends: [], skipped: 0 });
      isMore = newestAt !== 0 && page.next !== null;
      follow.onFilled(null);
    } catch (error) {
      if (!aborting.signal.aborted) follow.onFilled(error);
    }
    isFilling = false;
    if (aborting.signal.aborted) return;
    // What a page begins with is shown also when it is paused.
    if (newestAt === 0 && isPaused && events.length > 0) draw();
    else show();
  };
  const open = (): void => {
    source = new EventSource(`/api/v1/commands/live${queryString(query)}`);
    source.addEventListener('open', () => {
      follow.onConnected(true);
      // Only now: nothing can come between what is stored and what is told.
      void fill();
    });
    source.addEventListener('commands', (message: MessageEvent<string>) => {
      keep(JSON.parse(message.data) as LiveCommands);
      show();
    });
    source.addEventListener('error', () => {
      source?.close();
      follow.onConnected(false);
      // The broken stream does not say why: this request does.
      if (isFilling) void fill();
      timer = setTimeout(open, RECONNECT_MS);
    });
  };
  open();
  return {
    setPaused(next) {
      isPaused = next;
      if (!next) follow.onWaiting(0);
      show();
    },
    forget: (at) => void (forgotten = at),
    retry: () => void fill(),
    close() {
      aborting.abort();
      source?.close();
      clearTimeout(timer);
      if (frame !== 0) cancelAnimationFrame(frame);
    },
  };
}
