import { useCallback, useEffect, useRef, useState } from 'react';
import type { HostChoice } from './host-choice.ts';
import { createLiveLines, EMPTY_BUFFER, type LiveBuffer, type LiveLines } from './live-buffer.ts';
import { followCommands, type LiveFollower } from './live-follow.ts';

type State = {
  readonly buffer: LiveBuffer;
  readonly isConnected: boolean;
  /** The newest stored records have not come yet. */
  readonly isLoading: boolean;
  readonly error: unknown;
  /** Records that came while the page was paused. */
  readonly waiting: number;
  /** While the connection was away more came than is shown. */
  readonly hasHole: boolean;
};
const FIRST: State = { buffer: EMPTY_BUFFER, isConnected: false, isLoading: true, error: null, waiting: 0, hasHole: false };

export type LiveStream = State & { readonly clear: () => void; readonly retry: () => void };

/** The commands of the chosen hosts as they come. What comes in one frame is drawn once. */
export function useLiveCommands(choice: HostChoice, isPaused: boolean): LiveStream {
  const [state, setState] = useState<State>(FIRST);
  const follower = useRef<LiveFollower | null>(null);
  const live = useRef<LiveLines>(null);
  const paused = useRef(isPaused);
  const [key, setKey] = useState(JSON.stringify(choice));
  if (key !== JSON.stringify(choice)) {
    setKey(JSON.stringify(choice));
    setState(FIRST);
  }
  const change = useCallback((part: Partial<State>) => setState((before) => ({ ...before, ...part })), []);

  useEffect(() => {
    const lines = createLiveLines();
    live.current = lines;
    const following = followCommands({
      choice: JSON.parse(key) as HostChoice,
      isPaused: paused.current,
      newestAt: () => lines.buffer().newestAt,
      onEvents: (events, isMore) => {
        const buffer = lines.add(events);
        setState((before) => ({ ...before, buffer, hasHole: before.hasHole || isMore }));
      },
      onConnected: (isConnected) => change({ isConnected }),
      onWaiting: (waiting) => change({ waiting }),
      onFilled: (error) => change({ error, isLoading: false }),
    });
    follower.current = following;
    return () => following.close();
  }, [key, change]);
  useEffect(() => {
    paused.current = isPaused;
    follower.current?.setPaused(isPaused);
  }, [isPaused]);

  return {
    ...state,
    clear: () => {
      const buffer = live.current?.clear() ?? EMPTY_BUFFER;
      follower.current?.forget(buffer.newestAt);
      change({ buffer, hasHole: false });
    },
    retry: () => follower.current?.retry(),
  };
}
