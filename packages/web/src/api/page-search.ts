import type { RangeSearch } from './range.ts';

/** What the address of the overview holds. */
export type OverviewSearch = RangeSearch & {
  readonly q?: string;
  readonly group?: string;
  readonly state?: string;
  readonly view?: string;
};

/** What the address of a target holds. */
export type TargetSearch = RangeSearch & {
  readonly vantages?: string;
  readonly view?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly q?: string;
};
