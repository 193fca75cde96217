import type { LineState } from '@watchpost/contracts/api/quality';
import { type ErrorCode, errorCodes } from '@watchpost/contracts/results/error-codes';
import type { Series } from '@watchpost/contracts/results/outcome';
import type { ResultRecord } from '@watchpost/contracts/results/result';
import type { Target } from '@watchpost/contracts/targets/target';
import type { LatestResult, Line } from '../telemetry/telemetry-store.ts';

/** A line without a result for this many intervals is unknown. */
const STALE_INTERVALS = 3;

/** The newest result of every line, in memory. */
export type LiveState = {
  /** Takes new results; gives the lines that changed by them. */
  readonly take: (records: readonly ResultRecord[]) => readonly LatestResult[];
  readonly lineState: (target: Target, vantage: string, series: Series, now: number) => LineState;
  readonly forgetTarget: (targetId: string) => void;
};

export function createLiveState(initial: readonly LatestResult[]): LiveState {
  const lines = new Map<string, LatestResult>(initial.map((latest) => [keyOf(latest), latest]));
  return {
    take(records) {
      const changed = new Map<string, LatestResult>();
      for (const record of records) {
        const key = keyOf(record);
        const before = lines.get(key);
        if (before !== undefined && before.roundAt >= record.roundAt) continue;
        const since = before?.outcome === record.outcome ? before.since : record.roundAt;
        const { targetId, vantage, series, outcome, roundAt, totalUs, httpStatus, errorCode, errorText, fault } = record;
        const latest = { targetId, vantage, series, outcome, since, roundAt, totalUs, httpStatus, errorCode, errorText, fault };
        lines.set(key, latest);
        changed.set(key, latest);
      }
      return [...changed.values()];
    },
    lineState(target, vantage, series, now) {
      const latest = lines.get(keyOf({ targetId: target.id, vantage, series }));
      if (latest === undefined) return { vantage, series, ...NO_RESULT };
      const state = toLineState(latest);
      const staleAt = latest.roundAt + STALE_INTERVALS * target.intervalS * 1000;
      if (now <= staleAt) return state;
      return { ...state, outcome: 'unknown', since: staleAt };
    },
    forgetTarget(targetId) {
      for (const [key, latest] of lines) if (latest.targetId === targetId) lines.delete(key);
    },
  };
}

/** The series that a target has at each of its vantage points. */
export function seriesOf(target: Target): readonly Series[] {
  return target.check.ipFamily === 'both' ? ['v4', 'v6'] : ['any'];
}

export function toLineState(latest: LatestResult): LineState {
  const { vantage, series, outcome, since, roundAt, totalUs, httpStatus, errorText, fault } = latest;
  const errorCode = latest.errorCode !== null && isErrorCode(latest.errorCode) ? latest.errorCode : null;
  return { vantage, series, outcome, since, lastAt: roundAt, totalUs, httpStatus, errorCode, errorText, fault };
}

const NO_RESULT = {
  outcome: 'unknown',
  since: null,
  lastAt: null,
  totalUs: null,
  httpStatus: null,
  errorCode: null,
  errorText: null,
  fault: null,
} as const;

function keyOf({ targetId, vantage, series }: Line): string {
  return `${targetId} ${vantage} ${series}`;
}

function isErrorCode(code: string): code is ErrorCode {
  return (errorCodes as readonly string[]).includes(code);
}
