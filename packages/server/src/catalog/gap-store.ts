import type { GapReport } from '@watchpost/contracts/agents/agent-wire';
import type { Catalog } from './catalog.ts';

/** Gaps shown in one answer. */
const ANSWER_LIMIT = 1_000;

export type Gap = {
  readonly vantage: string;
  readonly from: number;
  readonly to: number;
  readonly records: number;
  readonly reason: string;
};

/** Stretches of measurements that were lost before they reached the server. */
export type GapStore = {
  /** Repeats change nothing: a gap is known by its agent, epoch and first sequence. */
  readonly insert: (
    agent: { readonly agentId: string; readonly vantage: string },
    gaps: readonly GapReport[],
    now: number,
  ) => Promise<void>;
  readonly inRange: (vantages: readonly string[], from: number, to: number) => Promise<readonly Gap[]>;
  /** Lost records by agent. */
  readonly totals: () => Promise<ReadonlyMap<string, number>>;
};

export function createGapStore(catalog: Catalog): GapStore {
  return {
    async insert({ agentId, vantage }, gaps, now) {
      await catalog.transaction().execute(async (transaction) => {
        for (const { epoch, first, last, fromAt, toAt, reason } of gaps) {
          await transaction
            .insertInto('gap')
            .values({ agentId, vantage, epoch, first, last, fromAt, toAt, reason, reportedAt: now })
            .onConflict((conflict) => conflict.columns(['agentId', 'epoch', 'first']).doUpdateSet({ last, fromAt, toAt }))
            .execute();
        }
      });
    },
    async inRange(vantages, from, to) {
      if (vantages.length === 0) return [];
      const rows = await catalog
        .selectFrom('gap')
        .selectAll()
        .where('vantage', 'in', vantages)
        .where('toAt', '>=', from)
        .where('fromAt', '<', to)
        .orderBy('fromAt', 'desc')
        .limit(ANSWER_LIMIT)
        .execute();
      return rows.map((row) => ({
        vantage: row.vantage,
        from: row.fromAt,
        to: row.toAt,
        records: row.last - row.first + 1,
        reason: row.reason,
      }));
    },
    async totals() {
      const rows = await catalog
        .selectFrom('gap')
        .select(['agentId', (build) => build.fn.sum<number>(build('last', '-', build.ref('first'))).as('span')])
        .select((build) => build.fn.countAll<number>().as('gaps'))
        .groupBy('agentId')
        .execute();
      return new Map(rows.map((row) => [row.agentId, row.span + row.gaps]));
    },
  };
}
