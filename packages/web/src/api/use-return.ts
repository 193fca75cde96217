import { useEffect, useEffectEvent, useRef } from 'react';
import { api } from './client.ts';
import { useAwaySince } from './reachability.ts';

/** How often the page asks whether the server is back. */
const ASK_EVERY_MS = 3_000;

/** Asks for the server while it is away and calls when it answers again. Gives since when it is away, Unix ms; null: it answers. */
export function useReturn(onBack: () => void): number | null {
  const since = useAwaySince();
  const wasAway = useRef(false);
  const back = useEffectEvent(onBack);
  useEffect(() => {
    if (since === null) {
      if (wasAway.current) back();
      wasAway.current = false;
      return undefined;
    }
    wasAway.current = true;
    const timer = setInterval(() => void api.get('/session').catch(() => {}), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [since]);
  return since;
}
