import type { Overview } from '@watchpost/contracts/api/quality';
import type { Outcome } from '@watchpost/contracts/results/outcome';

export type OverviewTarget = Overview['targets'][number];

/** What the summary line counts: the outcome of a target, or that it is paused. */
export type TargetState = Outcome | 'paused';
export type StateCounts = Readonly<Record<TargetState, number>>;

/** Worst first. */
export const STATES = ['down', 'degraded', 'unknown', 'up', 'paused'] as const satisfies readonly TargetState[];

export const stateOf = (target: OverviewTarget): TargetState => (target.paused ? 'paused' : target.outcome);
