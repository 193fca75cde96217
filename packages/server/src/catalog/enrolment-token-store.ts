import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Catalog } from './catalog.ts';
import type { AgentRow } from './tables.ts';

/** Used and expired tokens are kept this long, so that a person can be told what happened. */
const KEEP_MS = 7 * 86_400_000;

export type EnrolmentTokenStore = {
  readonly insert: (token: { tokenHash: string; vantage: string; createdAt: number; expiresAt: number }) => Promise<void>;
  /** Forgets tokens that are over for a week. */
  readonly prune: (now: number) => Promise<void>;
  /**
   * Uses the token up and makes the agent, both or neither. The vantage must be the token's.
   * Rejects with `bad-enrolment-token`.
   */
  readonly exchange: (tokenHash: string, agent: AgentRow, now: number) => Promise<void>;
};

export function createEnrolmentTokenStore(catalog: Catalog): EnrolmentTokenStore {
  return {
    async prune(now) {
      await catalog
        .deleteFrom('enrolmentToken')
        .where('expiresAt', '<', now - KEEP_MS)
        .execute();
    },
    async insert(token) {
      await catalog
        .insertInto('enrolmentToken')
        .values({ ...token, usedAt: null })
        .execute();
    },
    async exchange(tokenHash, agent, now) {
      await catalog.transaction().execute(async (transaction) => {
        const used = await transaction
          .updateTable('enrolmentToken')
          .set({ usedAt: now })
          .where('tokenHash', '=', tokenHash)
          .where('vantage', '=', agent.vantage)
          .where('usedAt', 'is', null)
          .where('expiresAt', '>', now)
          .executeTakeFirst();
        if (used.numUpdatedRows !== 1n) throw new AppError('bad-enrolment-token');
        await transaction.insertInto('agent').values(agent).execute();
      });
    },
  };
}
