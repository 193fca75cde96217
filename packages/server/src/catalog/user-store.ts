import { type Role, roleSchema, type User } from '@watchpost/contracts/api/identity';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Catalog } from './catalog.ts';
import type { UserRow } from './tables.ts';

/** Reads accounts and changes their roles. Passwords and sessions are better-auth's business. */
export type UserStore = {
  readonly list: () => Promise<readonly User[]>;
  readonly get: (id: string) => Promise<User | null>;
  readonly count: () => Promise<number>;
  /** Rejects with `conflict` when it would leave no administrator. */
  readonly change: (id: string, change: { readonly name?: string; readonly role?: Role }) => Promise<User>;
  /** Rejects with `conflict` when it would leave no administrator. */
  readonly remove: (id: string) => Promise<void>;
};

export function createUserStore(catalog: Catalog): UserStore {
  return {
    async list() {
      return (await catalog.selectFrom('user').selectAll().orderBy('createdAt').execute()).map(fromRow);
    },
    async get(id) {
      const row = await catalog.selectFrom('user').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : fromRow(row);
    },
    async count() {
      const row = await catalog
        .selectFrom('user')
        .select((build) => build.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return row.count;
    },
    async change(id, change) {
      return await catalog.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable('user')
          .set({ ...change, updatedAt: new Date().toISOString() })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw new AppError('not-found');
        await requireAdministrator(transaction);
        return fromRow(row);
      });
    },
    async remove(id) {
      await catalog.transaction().execute(async (transaction) => {
        const done = await transaction.deleteFrom('user').where('id', '=', id).executeTakeFirst();
        if (done.numDeletedRows === 0n) throw new AppError('not-found');
        await requireAdministrator(transaction);
      });
    },
  };
}

async function requireAdministrator(catalog: Catalog): Promise<void> {
  const left = await catalog.selectFrom('user').select('id').where('role', '=', 'administrator').limit(1).execute();
  if (left.length === 0) throw new AppError('conflict', 'one administrator must remain');
}

export function fromRow(row: Pick<UserRow, 'id' | 'email' | 'name' | 'role'> & { createdAt: string | Date }): User {
  const { id, email, name } = row;
  return { id, email, name, role: roleSchema.parse(row.role), createdAt: new Date(row.createdAt).getTime() };
}
