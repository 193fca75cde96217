import { uptime } from 'node:os';
import type { Clock } from '@watchpost/runtime/clock/clock';

/** Shells and recorder read the clock of the machine: a step is what goes beyond its being steered. */
const STEP_US = 500_000;
/** Clocks that are read one after the other, by shell and recorder, differ by this at most. */
const SLACK_US = 5_000_000;
/** Of the kernel: USER_HZ, in which `/proc/PID/stat` tells when a process began. */
const TICKS_PER_S = 100;

/** How long the commands of one shell took, by a clock that may be set while they run. */
export type CommandTimes = {
  /** The start of a command was read. */
  readonly began: (sequence: number) => void;
  readonly forget: (sequence: number) => void;
  /** What passed between start and end, never less than nothing and never more than can be; null: the clock does not tell. */
  readonly durationUs: (sequence: number, startedAt: number, endedAt: number) => number | null;
};

export function createCommandTimes(options: { readonly clock: Clock; readonly startTicks: string }): CommandTimes {
  const { clock, startTicks } = options;
  const begun = new Map<number, { readonly offsetUs: number; readonly atUs: number }>();
  /** How far the clock of the machine is ahead of one that is never set. */
  const now = () => {
    const atUs = clock.monotonicUs();
    return { atUs, offsetUs: clock.wallMs() * 1_000 - atUs };
  };

  return {
    began: (sequence) => void begun.set(sequence, now()),
    forget: (sequence) => void begun.delete(sequence),
    durationUs(sequence, startedAt, endedAt) {
      const raw = endedAt - startedAt;
      const start = begun.get(sequence);
      begun.delete(sequence);
      const end = now();
      const stepUs = start === undefined ? 0 : end.offsetUs - start.offsetUs;
      if (start !== undefined && Math.abs(stepUs) > STEP_US) {
        const mostUs = end.atUs - start.atUs + SLACK_US;
        // Which of both was written before the clock was set is not known: what can be true is.
        const fits = [raw, raw - stepUs].find((us) => us > -STEP_US && us <= mostUs);
        return fits === undefined ? null : Math.max(0, Math.round(fits));
      }
      if (raw < 0) return raw > -STEP_US ? 0 : null;
      return raw <= lifeUs(startTicks) + SLACK_US ? raw : null;
    },
  };
}

/** Time since a process began. */
function lifeUs(startTicks: string): number {
  const lifeS = uptime() - Number(startTicks) / TICKS_PER_S;
  return lifeS > 0 ? lifeS * 1_000_000 : Number.POSITIVE_INFINITY;
}
