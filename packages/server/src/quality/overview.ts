import { RANGES, type Overview, type OverviewLine, type RangeName } from '@watchpost/contracts/api/quality';
import type { Outcome } from '@watchpost/contracts/results/outcome';
import type { Target } from '@watchpost/contracts/targets/target';
import type { TargetStore } from '../catalog/target-store.ts';
import type { OverviewStatistics, TelemetryStore, TimeRange } from '../telemetry/telemetry-store.ts';
import { type LiveState, seriesOf } from './live-state.ts';

/** Points of a sparkline. */
const SLOTS = 40;
/** Viewers that ask for the same range within this time share one query. */
const SHARE_MS = 2_000;
const SHARED_LIMIT = 32;

const SEVERITY = { down: 0, degraded: 1, unknown: 2, up: 3 } as const satisfies Readonly<Record<Outcome, number>>;

export type OverviewQuery = (range: TimeRange, name: RangeName | null) => Promise<Overview>;

export function createOverview(parts: {
  readonly targets: TargetStore;
  readonly store: TelemetryStore;
  readonly live: LiveState;
  readonly wallMs: () => number;
}): OverviewQuery {
  const { targets, store, live, wallMs } = parts;
  const shared = new Map<
    string,
    { readonly at: number; readonly range: TimeRange; readonly statistics: Promise<readonly OverviewStatistics[]> }
  >();

  const statisticsOf = (range: TimeRange, name: RangeName | null) => {
    const key = name ?? `${range.from}-${range.to}`;
    const at = wallMs();
    for (const [old, entry] of shared) if (Math.abs(at - entry.at) >= SHARE_MS) shared.delete(old);
    const known = shared.get(key);
    if (known !== undefined) return known;
    const entry = { at, range, statistics: store.overview({ ...range, slots: SLOTS }) };
    entry.statistics.catch(() => shared.delete(key));
    if (shared.size >= SHARED_LIMIT) shared.clear();
    shared.set(key, entry);
    return entry;
  };

  return async (wanted, name) => {
    const { range, statistics: pending } = statisticsOf(wanted, name);
    const statistics = new Map((await pending).map((line) => [`${line.targetId} ${line.vantage} ${line.series}`, line]));
    const now = wallMs();
    const rows = targets.list().map((target) => {
      const lines = target.vantages.flatMap((vantage) =>
        seriesOf(target).map((series): OverviewLine => {
          const figures = statistics.get(`${target.id} ${vantage} ${series}`);
          return {
            ...live.lineState(target, vantage, series, now),
            sparkline: figures?.sparkline ?? emptySlots(),
            sparklineDown: figures?.sparklineDown ?? emptySlots(),
            p95Ms: figures?.p95Ms ?? null,
            availability: figures?.availability ?? null,
            coverage: coverage(target, figures?.count ?? 0, range),
          };
        }),
      );
      return { ...target, outcome: worst(target, lines), lines };
    });
    rows.sort((a, b) => Number(a.paused) - Number(b.paused) || SEVERITY[a.outcome] - SEVERITY[b.outcome]);
    const { from, to } = range;
    return { from, to, slotS: Math.max(1, Math.round((to - from) / 1000 / SLOTS)), targets: rows };
  };
}

function emptySlots(): null[] {
  return Array.from({ length: SLOTS }, () => null);
}

/** The worst outcome of the lines; a line of which nothing is known is worse than one that is up. */
function worst(target: Target, lines: readonly OverviewLine[]): Outcome {
  if (target.paused) return 'unknown';
  const outcomes = lines.map((line) => line.outcome).toSorted((a, b) => SEVERITY[a] - SEVERITY[b]);
  return outcomes[0] ?? 'unknown';
}

function coverage(target: Target, count: number, { from, to }: TimeRange): number | null {
  const expected = Math.floor((to - Math.max(from, target.createdAt)) / 1000 / target.intervalS);
  return expected < 1 ? null : Math.min(1, count / expected);
}

/** The name of a range that is exactly one of the offered ones, counted back from `to`. */
export function rangeName(name: string | undefined): RangeName | null {
  return name !== undefined && Object.hasOwn(RANGES, name) ? (name as RangeName) : null;
}
