import type { Checkpoint } from '@watchpost/contracts/api/audit';
import type { Catalog } from './catalog.ts';
import type { ChainBreakRow, ChainStretchRow } from './tables.ts';

export type ChainBreak = Omit<ChainBreakRow, 'id'>;

export type ChainStore = {
  readonly stretches: () => Promise<readonly ChainStretchRow[]>;
  /** Replaces what is known of these chains. */
  readonly saveStretches: (
    chains: readonly { readonly hostId: string; readonly epoch: number; readonly stretches: readonly ChainStretchRow[] }[],
  ) => Promise<void>;
  readonly breaks: () => Promise<readonly ChainBreak[]>;
  readonly addBreaks: (breaks: readonly ChainBreak[]) => Promise<void>;
  readonly newestCheckpoint: () => Promise<Checkpoint | null>;
  readonly addCheckpoint: (checkpoint: Checkpoint) => Promise<void>;
  /** Oldest first, from a number on. */
  readonly checkpoints: (from: number, limit: number) => Promise<readonly Checkpoint[]>;
};

export function createChainStore(catalog: Catalog): ChainStore {
  return {
    stretches: () => catalog.selectFrom('chainStretch').selectAll().orderBy('hostId').orderBy('epoch').orderBy('first').execute(),
    async saveStretches(chains) {
      await catalog.transaction().execute(async (transaction) => {
        for (const { hostId, epoch, stretches } of chains) {
          await transaction.deleteFrom('chainStretch').where('hostId', '=', hostId).where('epoch', '=', epoch).execute();
          for (const stretch of stretches) await transaction.insertInto('chainStretch').values(stretch).execute();
        }
      });
    },
    breaks: () => catalog.selectFrom('chainBreak').select(['hostId', 'epoch', 'sequence', 'what', 'at']).execute(),
    async addBreaks(breaks) {
      for (const each of breaks) await catalog.insertInto('chainBreak').values(each).execute();
    },
    async newestCheckpoint() {
      const row = await catalog.selectFrom('checkpoint').select('bodyJson').orderBy('number', 'desc').limit(1).executeTakeFirst();
      return row === undefined ? null : (JSON.parse(row.bodyJson) as Checkpoint);
    },
    async addCheckpoint(checkpoint) {
      const { number, at } = checkpoint;
      await catalog
        .insertInto('checkpoint')
        .values({ number, at, bodyJson: JSON.stringify(checkpoint) })
        .execute();
    },
    async checkpoints(from, limit) {
      const rows = await catalog
        .selectFrom('checkpoint')
        .select('bodyJson')
        .where('number', '>=', from)
        .orderBy('number')
        .limit(limit)
        .execute();
      return rows.map(({ bodyJson }) => JSON.parse(bodyJson) as Checkpoint);
    },
  };
}
