import type { LiveEvent } from '@watchpost/contracts/api/live';
import type { LineState, Overview } from '@watchpost/contracts/api/quality';
import type { QueryClient } from '@tanstack/react-query';

const RECONNECT_MIN_MS = 1_000;
const RECONNECT_MAX_MS = 10_000;
/** Charts are asked for again at most this often while results stream in. */
const CHART_REFRESH_MS = 10_000;
/** A page that is out of sight for so long gives its connection back: browsers have six for all pages of a server by HTTP/1.1. */
const HIDDEN_CLOSE_MS = 5_000;

export type LiveState = 'connecting' | 'live' | 'polling';

const RANKS = { down: 0, degraded: 1, unknown: 2, up: 3 } as const;

/** An overview with the pushed states in it. The same object when nothing in it changed. */
export function patchOverview(overview: Overview, lines: readonly (LineState & { readonly targetId: string })[]): Overview {
  const byKey = new Map(lines.map((line) => [`${line.targetId} ${line.vantage} ${line.series}`, line]));
  let isChanged = false;
  const targets = overview.targets.map((target) => {
    let isTargetChanged = false;
    const patched = target.lines.map((line) => {
      const pushed = byKey.get(`${target.id} ${line.vantage} ${line.series}`);
      if (pushed === undefined) return line;
      isTargetChanged = true;
      const { targetId: _, ...state } = pushed;
      return { ...line, ...state };
    });
    if (!isTargetChanged) return target;
    isChanged = true;
    const outcome = patched.map((line) => line.outcome).toSorted((a, b) => RANKS[a] - RANKS[b])[0] ?? target.outcome;
    return { ...target, lines: patched, outcome: target.paused ? 'unknown' : outcome };
  });
  if (!isChanged) return overview;
  return { ...overview, targets };
}

/** Listens to what the server pushes and keeps the query cache true. Without a connection the queries poll by themselves. */
export function startLive(queryClient: QueryClient, onState: (state: LiveState) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let delayMs = RECONNECT_MIN_MS;
  let chartsAt = 0;
  let isStopped = false;
  let hiding: ReturnType<typeof setTimeout> | null = null;

  const apply = (event: LiveEvent): void => {
    if (event.event === 'results') {
      queryClient.setQueriesData<Overview>({ queryKey: ['overview'] }, (overview) =>
        overview === undefined ? overview : patchOverview(overview, event.lines),
      );
      const now = performance.now();
      if (now - chartsAt < CHART_REFRESH_MS) return;
      chartsAt = now;
      const ids = new Set(event.lines.map((line) => line.targetId));
      const isShown = ({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean =>
        (queryKey[0] === 'series' || queryKey[0] === 'results') &&
        ids.has(String(queryKey[1])) &&
        JSON.stringify(queryKey[2]).includes('"range"');
      void queryClient.invalidateQueries({ predicate: isShown });
      return;
    }
    const key =
      event.noun === 'users'
        ? [['users'], ['api-keys']]
        : event.noun === 'targets'
          ? [['targets'], ['overview']]
          : [[event.noun]];
    for (const queryKey of key) void queryClient.invalidateQueries({ queryKey });
  };

  const receive = (message: MessageEvent<string>): void => {
    try {
      apply({ event: message.type, ...(JSON.parse(message.data) as object) } as LiveEvent);
    } catch {
      // A message we cannot read is of a newer server: the page still polls.
    }
  };

  // A broken stream tells nothing of its reason: this request does. No answer: the server is away. No session: sign in.
  const ask = (): void => void queryClient.invalidateQueries({ queryKey: ['session'] });

  const open = (): void => {
    timer = null;
    if (isStopped) return;
    onState('connecting');
    source = new EventSource('/api/v1/live');
    source.addEventListener('open', () => {
      delayMs = RECONNECT_MIN_MS;
      onState('live');
    });
    for (const name of ['message', 'results', 'changed']) source.addEventListener(name, receive as EventListener);
    source.addEventListener('error', () => {
      source?.close();
      source = null;
      if (isStopped) return;
      onState('polling');
      ask();
      timer = setTimeout(open, delayMs);
      delayMs = Math.min(delayMs * 2, RECONNECT_MAX_MS);
    });
  };
  const close = (): void => {
    source?.close();
    source = null;
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  // What was not pushed meanwhile the queries ask for by themselves when the page is in sight again.
  const look = (): void => {
    if (hiding !== null) clearTimeout(hiding);
    hiding = document.hidden ? setTimeout(close, HIDDEN_CLOSE_MS) : null;
    if (!document.hidden && source === null && timer === null) open();
  };
  document.addEventListener('visibilitychange', look);
  open();
  look();
  return () => {
    isStopped = true;
    document.removeEventListener('visibilitychange', look);
    if (hiding !== null) clearTimeout(hiding);
    close();
  };
}
