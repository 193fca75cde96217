import type { ResultsPage, SeriesResponse, StoredResult } from '@watchpost/contracts/api/quality';
import type { resultsQuerySchema, seriesQuerySchema } from '@watchpost/contracts/api/quality';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { type Outcome, outcomeSchema } from '@watchpost/contracts/results/outcome';
import type { Target } from '@watchpost/contracts/targets/target';
import type { z } from 'zod';
import type { GapStore } from '../catalog/gap-store.ts';
import type { TargetStore } from '../catalog/target-store.ts';
import type { ResultsQuery, TelemetryStore } from '../telemetry/telemetry-store.ts';
import { readList, readRange } from './ranges.ts';

/** What people ask about one target. All reject with `not-found` and `bad-request`. */
export type TargetQueries = {
  readonly target: (id: string) => Target;
  readonly series: (id: string, query: z.infer<typeof seriesQuerySchema>) => Promise<SeriesResponse>;
  readonly results: (id: string, query: z.infer<typeof resultsQuerySchema>) => Promise<ResultsPage>;
  readonly exportResults: (id: string, query: z.infer<typeof resultsQuerySchema>) => AsyncIterable<StoredResult>;
};

export function createTargetQueries(parts: {
  readonly targets: TargetStore;
  readonly gaps: GapStore;
  readonly store: TelemetryStore;
  readonly wallMs: () => number;
}): TargetQueries {
  const { targets, gaps, store, wallMs } = parts;
  const targetOf = (id: string): Target => {
    const target = targets.get(id);
    if (target === null) throw new AppError('not-found');
    return target;
  };
  const filterOf = (id: string, query: z.infer<typeof resultsQuerySchema>): Omit<ResultsQuery, 'limit' | 'cursor'> => {
    const target = targetOf(id);
    const { from, to } = readRange(query, wallMs());
    return {
      targetId: target.id,
      from,
      to,
      vantages: readList(query.vantages),
      outcomes: readOutcomes(query.outcome),
      errorCode: query.errorCode === '' ? null : query.errorCode,
      search: query.search,
    };
  };
  return {
    target: targetOf,
    async series(id, query) {
      const target = targetOf(id);
      const { from, to, tz } = readRange(query, wallMs());
      const asked = readList(query.vantages);
      const vantages = asked.length === 0 ? target.vantages : asked;
      const question = { targetId: id, vantages, from, to, tz, maxPoints: query.points, intervalS: target.intervalS };
      const [answer, lost] = await Promise.all([store.series(question), gaps.inRange(vantages, from, to)]);
      const { bucketS, tier, buckets, lines } = answer;
      return { targetId: id, from, to, tz, bucketS, tier, buckets: [...buckets], lines: [...lines], gaps: [...lost] };
    },
    async results(id, query) {
      const { limit, cursor } = query;
      return await store.results({ ...filterOf(id, query), limit, cursor: cursor === '' ? null : cursor });
    },
    exportResults: (id, query) => store.exportResults(filterOf(id, query)),
  };
}

function readOutcomes(text: string): readonly Outcome[] {
  return readList(text).map((outcome) => {
    const parsed = outcomeSchema.safeParse(outcome);
    if (parsed.success) return parsed.data;
    const issue = { field: 'outcome', value: outcome, rule: 'must be of up, degraded, down, unknown' };
    throw new AppError('bad-request', undefined, { issues: [issue] });
  });
}
