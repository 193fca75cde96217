import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Engine } from '../engine/engine.ts';

/** A line begins once: late results that are older than all others, and what retention removes, show this much later. */
const KEPT_US = 600_000_000;

/** When each line of a target began, Unix ms, by `vantage\nseries`. */
type Begins = ReadonlyMap<string, number>;
export type LineBegins = { readonly of: (targetId: string) => Promise<Begins> };

type BeginRow = { readonly targetId: string; readonly vantage: string; readonly series: string; readonly first: number };
const BEGINS_SQL =
  'SELECT target_id AS targetId, vantage, series, toUnixTimestamp64Milli(min(first_at)) AS first FROM results_1d';

/** Knows when the lines of the store began, so that a chart need not ask. What is not rolled up yet is left out. */
export function createLineBegins(options: { readonly engine: Engine; readonly clock: Clock }): LineBegins {
  const { engine, clock } = options;
  let known: ReadonlyMap<string, Begins> = new Map();
  let readAt = -Infinity;

  const readAll = async (): Promise<void> => {
    known = byTarget(await engine.rows<BeginRow>(`${BEGINS_SQL} GROUP BY target_id, vantage, series`));
  };

  return {
    of: async (targetId) => {
      const now = clock.monotonicUs();
      if (now - readAt > KEPT_US) {
        readAt = now;
        // Nobody waits for it: what is known will do until then.
        readAll().catch(() => {
          readAt = -Infinity;
        });
      }
      const begins = known.get(targetId);
      if (begins !== undefined) return begins;
      const where = 'WHERE target_id = {targetId:String}';
      const rows = await engine.rows<BeginRow>(`${BEGINS_SQL} ${where} GROUP BY target_id, vantage, series`, { targetId });
      return byTarget(rows).get(targetId) ?? new Map();
    },
  };
}

function byTarget(rows: readonly BeginRow[]): ReadonlyMap<string, Begins> {
  const targets = new Map<string, Map<string, number>>();
  for (const { targetId, vantage, series, first } of rows) {
    const lines = targets.get(targetId) ?? new Map<string, number>();
    targets.set(targetId, lines.set(`${vantage}\n${series}`, first));
  }
  return targets;
}
