import type { AuditEntry } from '@watchpost/contracts/api/identity';
import type { Catalog } from './catalog.ts';

/** Entries kept, whatever their age: the newest. */
const ENTRY_LIMIT = 1_000_000;

/** Who did what, newest first. Entries are only added, and forgotten when their time is over. */
export type AuditLogStore = {
  readonly add: (entry: Omit<AuditEntry, 'id'>) => Promise<void>;
  /** Forgets entries from before (null: none for their age), and those beyond the limit. */
  readonly prune: (before: number | null) => Promise<void>;
  /** Entries with an id below `before` (null: from the newest). */
  readonly list: (before: number | null, limit: number) => Promise<readonly AuditEntry[]>;
};

export function createAuditLogStore(catalog: Catalog, entryLimit = ENTRY_LIMIT): AuditLogStore {
  return {
    async add(entry) {
      await catalog.insertInto('auditEntry').values(entry).execute();
    },
    async prune(before) {
      const newest = await catalog.selectFrom('auditEntry').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
      await catalog
        .deleteFrom('auditEntry')
        .where((where) =>
          where.or([where('id', '<=', (newest?.id ?? 0) - entryLimit), ...(before === null ? [] : [where('at', '<', before)])]),
        )
        .execute();
    },
    async list(before, limit) {
      const query = catalog.selectFrom('auditEntry').selectAll().orderBy('id', 'desc').limit(limit);
      return await (before === null ? query : query.where('id', '<', before)).execute();
    },
  };
}
