import { useEffect, useRef, useState } from 'react';
import type { HostChoice } from './host-choice.ts';
import { addLive, EMPTY_BUFFER, type LiveBuffer } from './live-buffer.ts';
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
  const newestAt = useRef(0);
  const paused = useRef(isPaused);
  const [key, setKey] = useState(JSON.stringify(choice));
  if (key !== JSON.stringify(choice)) {
    setKey(JSON.stringify(choice));
    setState(FIRST);
  }
  const change = (part: Partial<State>) => setState((before) => ({ ...before, ...part }));

  useEffect(() => {
    newestAt.current = 0;
    const following = followCommands({
      choice: JSON.parse(key) as HostChoice,
      isPaused: paused.current,
      newestAt: () => newestAt.current,
      onEvents: (events, isMore) =>
        setState((before) => {
          const buffer = addLive(before.buffer, events);
          newestAt.current = buffer.newestAt;
          return { ...before, buffer, hasHole: before.hasHole || isMore };
        }),
      onConnected: (isConnected) => change({ isConnected }),
      onWaiting: (waiting) => change({ waiting }),
      onFilled: (error) => change({ error, isLoading: false }),
    });
    follower.current = following;
    return () => following.close();
  }, [key]);
  useEffect(() => {
    paused.current = isPaused;
    follower.current?.setPaused(isPaused);
  }, [isPaused]);

  return {
    ...state,
    clear: () => {
      follower.current?.forget(newestAt.current);
      change({ buffer: { ...EMPTY_BUFFER, newestAt: newestAt.current }, hasHole: false });
    },
    retry: () => follower.current?.retry(),
  };
}
