import { AppError } from '@watchpost/contracts/errors/app-error';

/** How often somebody may do something: steadily so many a second, and so many at once after a pause. */
export type Pace = {
  /** Takes one turn of `who`. Throws `too-many-requests` when there is none left. */
  readonly take: (who: string) => void;
};

/** Names remembered; beyond, those who were there longest start anew. */
const NAMES_LIMIT = 20_000;

/** Token buckets (https://en.wikipedia.org/wiki/Token_bucket), one for each name. */
export function createPace(options: { readonly perS: number; readonly burst: number; readonly monotonicUs: () => number }): Pace {
  const { perS, burst, monotonicUs } = options;
  const buckets = new Map<string, { readonly turns: number; readonly atUs: number }>();
  return {
    take(who) {
      const atUs = monotonicUs();
      const bucket = buckets.get(who) ?? { turns: burst, atUs };
      const turns = Math.min(burst, bucket.turns + ((atUs - bucket.atUs) / 1e6) * perS);
      if (turns < 1) throw new AppError('too-many-requests', undefined, { retryAfterS: Math.max(1, Math.ceil(1 / perS)) });
      if (buckets.size >= NAMES_LIMIT) for (const oldest of buckets.keys()) if (buckets.delete(oldest)) break;
      buckets.set(who, { turns: turns - 1, atUs });
    },
  };
}
