import type { Catalog } from './catalog.ts';
import type { ApiKeyRow } from './tables.ts';

export type ApiKeyStore = {
  readonly list: () => Promise<readonly ApiKeyRow[]>;
  readonly insert: (key: ApiKeyRow) => Promise<void>;
  readonly remove: (id: string) => Promise<boolean>;
  readonly touch: (id: string, now: number) => Promise<void>;
};

export function createApiKeyStore(catalog: Catalog): ApiKeyStore {
  return {
    list: () => catalog.selectFrom('apiKey').selectAll().orderBy('createdAt', 'desc').execute(),
    async insert(key) {
      await catalog.insertInto('apiKey').values(key).execute();
    },
    async remove(id) {
      const done = await catalog.deleteFrom('apiKey').where('id', '=', id).executeTakeFirst();
      return done.numDeletedRows > 0n;
    },
    async touch(id, now) {
      await catalog.updateTable('apiKey').set({ lastUsedAt: now }).where('id', '=', id).execute();
    },
  };
}
