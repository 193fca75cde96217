import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { Kysely, Migrator } from 'kysely';
import { MIGRATIONS } from './migrations.ts';
import { createNodeSqliteDialect } from './node-sqlite.ts';
import type { Tables } from './tables.ts';

/** Everything the server knows besides measurements: people, agents, targets, and who did what. */
export type Catalog = Kysely<Tables>;

/**
 * Opens the catalog in `dir` (made when missing) and brings it to this version's schema.
 * Rejects with AppError `bad-config` when it cannot be read, or a newer Watchpost has written it.
 */
export async function openCatalog(dir: string): Promise<Catalog> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'catalog.sqlite');
  const catalog = new Kysely<Tables>({ dialect: createNodeSqliteDialect(file) });
  const migrator = new Migrator({ db: catalog, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  try {
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  } catch (error) {
    await catalog.destroy().catch(() => undefined);
    const rule = `cannot be read or brought to this version: ${error instanceof Error ? error.message : String(error)}`;
    throw new AppError('bad-config', `${file} ${rule}`, { cause: error, issues: [{ field: 'data', value: file, rule }] });
  }
  return catalog;
}
