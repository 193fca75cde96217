import type { GapReport } from '@watchpost/contracts/agents/agent-wire';
import { sql } from 'kysely';
import type { Catalog } from './catalog.ts';
import type { GapRow } from './tables.ts';

/** Gaps kept for an agent; beyond, the oldest are forgotten. */
const GAPS_PER_AGENT = 10_000;
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
  /** Of one agent, newest first. */
  readonly ofAgent: (agentId: string, limit: number) => Promise<readonly Gap[]>;
  /** Forgets gaps that ended before. */
  readonly prune: (before: number) => Promise<void>;
  /** Lost records by agent. */
  readonly totals: () => Promise<ReadonlyMap<string, number>>;
};

export function createGapStore(catalog: Catalog): GapStore {
  return {
    async insert({ agentId, vantage }, gaps, now) {
      await catalog.transaction().execute(async (transaction) => {
        for (const { epoch, first, last, reason, ...times } of gaps) {
          // A clock that was set back in between turns them round.
          const fromAt = Math.min(times.fromAt, times.toAt);
          const toAt = Math.max(times.fromAt, times.toAt);
          await transaction
            .insertInto('gap')
            .values({ agentId, vantage, epoch, first, last, fromAt, toAt, reason, reportedAt: now })
            .onConflict((conflict) => conflict.columns(['agentId', 'epoch', 'first']).doUpdateSet({ last, fromAt, toAt }))
            .execute();
        }
        const tooOld = await transaction
          .selectFrom('gap')
          .select('toAt')
          .where('agentId', '=', agentId)
          .orderBy('toAt', 'desc')
          .offset(GAPS_PER_AGENT)
          .limit(1)
          .executeTakeFirst();
        if (tooOld === undefined) return;
        await transaction.deleteFrom('gap').where('agentId', '=', agentId).where('toAt', '<=', tooOld.toAt).execute();
      });
    },
    async ofAgent(agentId, limit) {
      const rows = await catalog
        .selectFrom('gap')
        .selectAll()
        .where('agentId', '=', agentId)
        .orderBy('toAt', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toGap);
    },
    async prune(before) {
      await catalog.deleteFrom('gap').where('toAt', '<', before).execute();
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
      return rows.map(toGap);
    },
    async totals() {
      const rows = await catalog
        .selectFrom('gap')
        // As floating point: whatever agents claim, the sum is a number.
        .select(['agentId', sql<number>`sum(cast("last" - "first" + 1 as double precision))`.as('records')])
        .groupBy('agentId')
        .execute();
      return new Map(rows.map((row) => [row.agentId, Math.min(row.records, Number.MAX_SAFE_INTEGER)]));
    },
  };
}

function toGap({ vantage, fromAt, toAt, first, last, reason }: GapRow): Gap {
  return { vantage, from: fromAt, to: toAt, records: last - first + 1, reason };
}
