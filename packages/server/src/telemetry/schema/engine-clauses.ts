/**
 * Engine clauses. `plain` for tables that keep every row, `replacing` for those where the row with the highest
 * `version` counts. A cluster may set `ReplicatedMergeTree(…)` instead.
 */
export type EngineClauses = { readonly plain: string; readonly replacing: string };
export const DEFAULT_CLAUSES: EngineClauses = { plain: 'MergeTree', replacing: 'ReplacingMergeTree(version)' };
