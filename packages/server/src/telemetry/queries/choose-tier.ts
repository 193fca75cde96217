import { AppError } from '@watchpost/contracts/errors/app-error';
import { type Retention, type Tier, TIERS } from '../rollups/tiers.ts';
import { BUCKET_STEPS, bucketEdges, type Edges } from './buckets.ts';

export type Choice = { readonly edges: Edges; readonly bucketS: number; readonly tier: Tier | 'raw' };

export type ChoiceQuery = {
  readonly from: number;
  readonly to: number;
  readonly tz: string;
  readonly maxPoints: number;
  /** A bucket is not shorter than this. */
  readonly intervalS: number;
  /** Begin of the data, Unix ms: what lies before needs no tier that reaches so far back. */
  readonly firstAt: number | null;
  readonly now: number;
  readonly retention: Retention;
};

/** The finest buckets of which there are at most `maxPoints`, and the coarsest table that can fill them exactly. */
export function chooseTier(query: ChoiceQuery): Choice {
  if (query.maxPoints < 1 || query.to <= query.from) throw new AppError('bad-request', 'the range is empty');
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(query.tz);
  } catch (cause) {
    throw new AppError('bad-request', undefined, {
      cause,
      issues: [{ field: 'tz', value: query.tz.slice(0, 64), rule: 'must be an IANA time zone' }],
    });
  }
  // What is older than the fine tiers is only there in whole days of UTC.
  return choose(query, query.tz) ?? choose(query, 'UTC') ?? fail();
}

function choose(query: ChoiceQuery, tz: string): Choice | null {
  const oldest = Math.max(query.from, query.firstAt ?? query.from);
  const isKept = (name: keyof Retention): boolean => {
    const kept = query.retention[name];
    return kept === null || query.now - kept <= oldest;
  };
  const leastS = Math.max((query.to - query.from) / 1_000 / query.maxPoints, query.intervalS);
  for (const step of BUCKET_STEPS) {
    const isLast = step === BUCKET_STEPS.at(-1);
    if (step.seconds < leastS * 0.95 && !isLast) continue;
    const edges = bucketEdges(step, query, tz, query.maxPoints);
    if (edges === null) continue;
    const tier = TIERS.findLast(({ kept, seconds }) => isKept(kept) && edges.every((edge) => edge % (seconds * 1_000) === 0));
    if (tier !== undefined) return { edges, bucketS: step.seconds, tier };
    if (isKept('raw')) return { edges, bucketS: step.seconds, tier: 'raw' };
  }
  return null;
}

function fail(): never {
  throw new AppError('bad-request', 'the range is too long for so few points');
}
