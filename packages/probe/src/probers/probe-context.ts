import { type Clock, systemClock } from '@watchpost/runtime/clock/clock';
import { createResolvers } from '../dns/resolvers.ts';
import { LoopBound } from '../timing/loop-bound.ts';
import { createSecureContexts } from '../tls/secure-contexts.ts';
import type { ProbeContext } from './prober.ts';

/** A result less certain than this (and than a tenth of its time) says nothing about the target, µs. */
export const DEFAULT_OVERLOAD_US = 50_000;

/** Makes what all probers of this thread share. */
export function createProbeContext(
  options: {
    readonly clock?: Clock;
    readonly overloadUs?: number;
    /** Files of the system's resolver, when not those of the system. */
    readonly resolverFiles?: { readonly resolvConf?: string; readonly hosts?: string };
  } = {},
): ProbeContext {
  const loop = new LoopBound();
  const resolvers = createResolvers(options.resolverFiles);
  const running = new Set<() => void>();
  return {
    clock: options.clock ?? systemClock,
    loop,
    resolvers,
    secureContexts: createSecureContexts(),
    overloadUs: options.overloadUs ?? DEFAULT_OVERLOAD_US,
    running,
    close: async () => {
      for (const end of running) end();
      resolvers.close();
      await new Promise((resolve) => setImmediate(resolve));
      loop.close();
    },
  };
}
