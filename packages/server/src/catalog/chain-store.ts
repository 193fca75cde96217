import type { Checkpoint, Removal } from '@watchpost/contracts/api/audit';
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
  /** Number of the first checkpoint made at this time (Unix ms) or later; null: there is none. */
  readonly firstSince: (at: number) => Promise<number | null>;
  /** As `firstSince`, by halves: fast among many, exact when the clock did not step back between them. */
  readonly seekSince: (at: number) => Promise<number | null>;
  /** The newest one made before, Unix ms. */
  readonly newestBefore: (at: number) => Promise<Checkpoint | null>;
  /** Forgets those with a lower number. */
  readonly forgetCheckpoints: (below: number) => Promise<void>;
  /** Oldest first. */
  readonly removals: () => Promise<readonly Removal[]>;
  readonly addRemoval: (removal: Removal) => Promise<void>;
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
    async firstSince(at) {
      const query = catalog.selectFrom('checkpoint').select('number').where('at', '>=', at).orderBy('number').limit(1);
      return (await query.executeTakeFirst())?.number ?? null;
    },
    async seekSince(at) {
      const edges = await catalog
        .selectFrom('checkpoint')
        .select((by) => [by.fn.min('number').as('first'), by.fn.max('number').as('last')])
        .executeTakeFirst();
      let [low, high] = [edges?.first ?? 0, (edges?.last ?? 0) + 1];
      const end = high;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const query = catalog.selectFrom('checkpoint').select(['number', 'at']).where('number', '>=', middle);
        const row = await query.orderBy('number').limit(1).executeTakeFirst();
        if (row === undefined || row.at >= at) high = middle;
        else low = row.number + 1;
      }
      return low === 0 || low === end ? null : low;
    },
    async newestBefore(at) {
      const query = catalog.selectFrom('checkpoint').select('bodyJson').where('at', '<', at).orderBy('number', 'desc').limit(1);
      const row = await query.executeTakeFirst();
      return row === undefined ? null : (JSON.parse(row.bodyJson) as Checkpoint);
    },
    async forgetCheckpoints(below) {
      await catalog.deleteFrom('checkpoint').where('number', '<', below).execute();
    },
    async removals() {
      const rows = await catalog.selectFrom('removal').select('bodyJson').orderBy('number').execute();
      return rows.map(({ bodyJson }) => JSON.parse(bodyJson) as Removal);
    },
    async addRemoval(removal) {
      const { number, at } = removal;
      await catalog
        .insertInto('removal')
        .values({ number, at, bodyJson: JSON.stringify(removal) })
        .execute();
    },
  };
}
