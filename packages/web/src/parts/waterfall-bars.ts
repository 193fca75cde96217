import type { PhaseKey } from '@watchpost/contracts/results/phase-keys';
import type { Result } from '@watchpost/contracts/results/result';

/** A phase at its place: `left` and `width` as shares of the whole measurement. */
export type Bar = { readonly phase: PhaseKey; readonly us: number; readonly left: number; readonly width: number };
export type HopBars = {
  readonly url: string;
  readonly status: number | null;
  readonly remoteIp: string | null;
  readonly bars: readonly Bar[];
};

const PHASES = ['dnsUs', 'connectUs', 'tlsUs', 'requestUs', 'waitUs', 'receiveUs'] as const satisfies readonly PhaseKey[];

/** The phases follow each other without a gap, from hop to hop; one that was not reached has no bar. */
export function waterfallBars(result: Pick<Result, 'hops' | 'totalUs'>): readonly HopBars[] {
  const total = Math.max(
    1,
    result.totalUs,
    result.hops.reduce((sum, hop) => sum + PHASES.reduce((inner, phase) => inner + (hop.phases[phase] ?? 0), 0), 0),
  );
  let at = 0;
  return result.hops.map((hop) => ({
    url: hop.url,
    status: hop.status,
    remoteIp: hop.remoteIp,
    bars: PHASES.flatMap((phase): Bar[] => {
      const us = hop.phases[phase];
      if (us === null) return [];
      const bar = { phase, us, left: at / total, width: us / total };
      at += us;
      return [bar];
    }),
  }));
}
