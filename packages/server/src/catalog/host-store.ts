import { AppError } from '@watchpost/contracts/errors/app-error';
import type { HostGroup, SavedSearch } from '@watchpost/contracts/api/audit';
import type { Catalog } from './catalog.ts';
import type { HostRow } from './tables.ts';

export type HostStore = {
  readonly list: () => Promise<readonly HostRow[]>;
  readonly insert: (host: HostRow) => Promise<void>;
  readonly change: (id: string, change: Partial<HostRow>) => Promise<void>;
  readonly saveContacts: (hosts: readonly Pick<HostRow, 'id' | 'lastContactAt' | 'address' | 'statusJson'>[]) => Promise<void>;
  readonly insertToken: (token: { tokenHash: string; createdAt: number; expiresAt: number }) => Promise<void>;
  /** Uses the token up and makes the host, both or neither. Rejects with `bad-enrolment-token`. */
  readonly exchangeToken: (tokenHash: string, host: HostRow, now: number) => Promise<void>;
  readonly groups: () => Promise<readonly HostGroup[]>;
  readonly putGroup: (group: HostGroup) => Promise<void>;
  readonly removeGroup: (id: string) => Promise<void>;
  readonly savedSearches: () => Promise<readonly SavedSearch[]>;
  readonly insertSearch: (search: SavedSearch) => Promise<void>;
  readonly removeSearch: (id: string) => Promise<void>;
};

export function createHostStore(catalog: Catalog): HostStore {
  return {
    list: () => catalog.selectFrom('host').selectAll().execute(),
    async insert(host) {
      await catalog.insertInto('host').values(host).execute();
    },
    async change(id, change) {
      await catalog.updateTable('host').set(change).where('id', '=', id).execute();
    },
    async saveContacts(hosts) {
      if (hosts.length === 0) return;
      await catalog.transaction().execute(async (transaction) => {
        for (const { id, ...contact } of hosts) {
          await transaction.updateTable('host').set(contact).where('id', '=', id).execute();
        }
      });
    },
    async insertToken(token) {
      await catalog
        .insertInto('hostToken')
        .values({ ...token, usedAt: null })
        .execute();
    },
    async exchangeToken(tokenHash, host, now) {
      await catalog.transaction().execute(async (transaction) => {
        const used = await transaction
          .updateTable('hostToken')
          .set({ usedAt: now })
          .where('tokenHash', '=', tokenHash)
          .where('usedAt', 'is', null)
          .where('expiresAt', '>', now)
          .executeTakeFirst();
        if (used.numUpdatedRows !== 1n) throw new AppError('bad-enrolment-token');
        await transaction.insertInto('host').values(host).execute();
      });
    },
    groups: () => catalog.selectFrom('hostGroup').selectAll().orderBy('name').execute(),
    async putGroup(group) {
      await catalog
        .insertInto('hostGroup')
        .values(group)
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ name: group.name, parentId: group.parentId }))
        .execute();
    },
    async removeGroup(id) {
      await catalog.deleteFrom('hostGroup').where('id', '=', id).execute();
    },
    savedSearches: () => catalog.selectFrom('savedSearch').selectAll().orderBy('name').execute(),
    async insertSearch(search) {
      await catalog.insertInto('savedSearch').values(search).execute();
    },
    async removeSearch(id) {
      await catalog.deleteFrom('savedSearch').where('id', '=', id).execute();
    },
  };
}
