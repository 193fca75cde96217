import type { AuditEntry } from '@watchpost/contracts/api/identity';
import type { Catalog } from './catalog.ts';

/** Who did what, newest first. Entries are only ever added. */
export type AuditLogStore = {
  readonly add: (entry: Omit<AuditEntry, 'id'>) => Promise<void>;
  /** Entries with an id below `before` (null: from the newest). */
  readonly list: (before: number | null, limit: number) => Promise<readonly AuditEntry[]>;
};

export function createAuditLogStore(catalog: Catalog): AuditLogStore {
  return {
    async add(entry) {
      await catalog.insertInto('auditEntry').values(entry).execute();
    },
    async list(before, limit) {
      const query = catalog.selectFrom('auditEntry').selectAll().orderBy('id', 'desc').limit(limit);
      return await (before === null ? query : query.where('id', '<', before)).execute();
    },
  };
}
