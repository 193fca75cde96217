import type { LiveCommands } from '@watchpost/contracts/api/audit';
import { useEffect, useRef, useState } from 'react';
import { queryString } from '../../api/client.ts';
import { addLive, EMPTY_BUFFER, type LiveBuffer } from './live-buffer.ts';
import type { HostChoice } from './HostTree.tsx';

const RECONNECT_MS = 2_000;
/** Events that wait while the page is paused. */
const WAITING_EVENTS = 500;

export type LiveStream = {
  readonly buffer: LiveBuffer;
  readonly isConnected: boolean;
  /** Records that came while the page was paused. */
  readonly waiting: number;
  readonly clear: () => void;
};

/** Follows the commands of the chosen hosts. What comes in one frame is drawn once. */
export function useLiveCommands(choice: HostChoice, isPaused: boolean): LiveStream {
  const [buffer, setBuffer] = useState<LiveBuffer>(EMPTY_BUFFER);
  const [isConnected, setConnected] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const events = useRef<LiveCommands[]>([]);
  const paused = useRef(isPaused);
  const frame = useRef(0);
  const address = `/api/v1/commands/live${queryString({ hosts: choice.hosts.join(','), groups: choice.groups.join(',') })}`;

  useEffect(() => {
    const draw = () => {
      frame.current = 0;
      const came = events.current;
      events.current = [];
      setWaiting(0);
      setBuffer((before) => addLive(before, came));
    };
    paused.current = isPaused;
    if (!isPaused && events.current.length > 0) draw();
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const receive = (message: MessageEvent<string>) => {
      events.current.push(JSON.parse(message.data) as LiveCommands);
      if (events.current.length > WAITING_EVENTS) {
        const dropped = events.current.shift();
        const lost = (dropped?.commands.length ?? 0) + (dropped?.skipped ?? 0);
        events.current[0] = { ...(events.current[0] as LiveCommands), skipped: (events.current[0]?.skipped ?? 0) + lost };
      }
      if (paused.current) setWaiting(events.current.reduce((sum, event) => sum + event.commands.length + event.skipped, 0));
      else frame.current ||= requestAnimationFrame(draw);
    };
    const open = () => {
      source = new EventSource(address);
      source.addEventListener('open', () => setConnected(true));
      source.addEventListener('commands', receive as EventListener);
      source.addEventListener('error', () => {
        source?.close();
        setConnected(false);
        timer = setTimeout(open, RECONNECT_MS);
      });
    };
    open();
    return () => {
      source?.close();
      clearTimeout(timer);
      if (frame.current !== 0) cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, [address, isPaused]);

  return { buffer, isConnected, waiting, clear: () => setBuffer(EMPTY_BUFFER) };
}
