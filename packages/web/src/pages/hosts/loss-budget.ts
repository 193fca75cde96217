import type { HostDetail } from '@watchpost/contracts/api/audit';

/** A place on the way of the records. `null`: the recorder was not heard. */
export type BudgetStep = {
  readonly name: 'written' | 'spooled' | 'sent' | 'acknowledged' | 'stored' | 'present';
  readonly records: number | null;
  /** Records that the step before has more (below zero: fewer) than this one, beyond those that are accounted for. */
  readonly difference: number;
  /** lost: these records will not come. waiting: they are on their way. newer: the server knows more than the recorder last said. unknown: one of the two figures is not known. */
  readonly verdict: 'even' | 'lost' | 'waiting' | 'newer' | 'unknown';
};

/**
 * The loss budget as steps: `written = spooled = sent = acknowledged = stored = present`. What a hook numbered but nobody
 * found is a loss; so is what the server refused, or what left the store otherwise than by retention.
 */
export function budgetSteps({ budget }: Pick<HostDetail, 'budget'>): readonly BudgetStep[] {
  const { written, missing, spooled, sent, acknowledged, stored, refused, present, removed } = budget;
  const step = (
    name: BudgetStep['name'],
    records: number | null,
    before: number | null,
    plus: 'lost' | 'waiting',
    lost = 0,
  ): BudgetStep => {
    const isKnown = before !== null && records !== null;
    const difference = isKnown ? before - records : 0;
    const verdict = lost > 0 ? 'lost' : !isKnown ? 'unknown' : difference > 0 ? plus : difference < 0 ? 'newer' : 'even';
    return { name, records, difference, verdict };
  };
  return [
    { name: 'written', records: written, difference: 0, verdict: written === null ? 'unknown' : 'even' },
    step('spooled', spooled, written, 'waiting', missing ?? 0),
    step('sent', sent, spooled, 'waiting'),
    step('acknowledged', acknowledged, sent, 'waiting'),
    step('stored', stored, acknowledged, 'lost', refused),
    step('present', present, stored - removed, 'lost'),
  ];
}

/** The worst of all steps. Where nothing is known to be lost, but not all is known, nothing is promised. */
export function budgetVerdict(steps: readonly BudgetStep[]): 'even' | 'lost' | 'waiting' | 'unknown' {
  if (steps.some(({ verdict }) => verdict === 'lost')) return 'lost';
  if (steps.some(({ verdict }) => verdict === 'unknown')) return 'unknown';
  return steps.some(({ verdict }) => verdict === 'waiting') ? 'waiting' : 'even';
}
