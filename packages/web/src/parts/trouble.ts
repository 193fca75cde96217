import type { LineState } from '@watchpost/contracts/api/quality';
import type { Fault } from '@watchpost/contracts/results/outcome';

/** Why a line is not up. `silent`: results do not arrive. `waiting`: there has never been one. Null: it is up. */
export type Trouble =
  | { readonly fault: Fault | null; readonly code: string | null; readonly text: string | null }
  | 'silent'
  | 'waiting';

const FAULTS = ['target', 'network', 'resolver', 'probe'] as const satisfies readonly Fault[];

export function troubleOf(line: LineState): Trouble | null {
  if (line.outcome === 'up') return null;
  if (line.lastAt === null) return 'waiting';
  const fault = FAULTS.find((each) => each === line.fault) ?? null;
  // A line falls silent after a result of any outcome: what that one said is of the past.
  if (line.outcome === 'unknown' && fault !== 'probe') return 'silent';
  return { fault, code: line.errorCode, text: line.errorText };
}
