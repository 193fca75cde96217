import { randomUUID } from 'node:crypto';
import { type ApiKey, type Role, roleSchema } from '@watchpost/contracts/api/identity';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { ApiKeyStore } from '../catalog/api-key-store.ts';
import type { ApiKeyRow } from '../catalog/tables.ts';
import type { Caller } from './caller.ts';
import { hashSecret, isSameHash, newSecret } from './secrets.ts';

const DAY_MS = 86_400_000;
/** The time of last use is written at most this often for a key. */
const TOUCH_MS = 60_000;
const KEY_LIMIT = 1_000;

/** Keys for scripts: `wpk_` and 43 characters. Only their SHA-256 is kept. */
export type ApiKeys = {
  readonly list: () => readonly ApiKey[];
  readonly create: (
    input: { readonly name: string; readonly role: Role; readonly expiresInDays: number | null },
    actor: string,
  ) => Promise<ApiKey & { readonly key: string }>;
  readonly remove: (id: string) => Promise<void>;
  /** Whose key it is; null: not a valid one. */
  readonly check: (key: string) => Caller | null;
};

export async function openApiKeys(store: ApiKeyStore, wallMs: () => number): Promise<ApiKeys> {
  const byHash = new Map((await store.list()).map((row) => [row.keyHash, row]));
  return {
    list: () => [...byHash.values()].map(toApiKey).toSorted((a, b) => b.createdAt - a.createdAt),
    async create({ name, role, expiresInDays }, actor) {
      if (byHash.size >= KEY_LIMIT) throw new AppError('conflict', `there are ${KEY_LIMIT} keys already`);
      const key = `wpk_${newSecret()}`;
      const now = wallMs();
      const row: ApiKeyRow = {
        id: randomUUID(),
        name,
        role,
        start: key.slice(0, 8),
        keyHash: hashSecret(key),
        createdAt: now,
        createdBy: actor,
        expiresAt: expiresInDays === null ? null : now + expiresInDays * DAY_MS,
        lastUsedAt: null,
      };
      await store.insert(row);
      byHash.set(row.keyHash, row);
      return { ...toApiKey(row), key };
    },
    async remove(id) {
      if (!(await store.remove(id))) throw new AppError('not-found');
      for (const [hash, row] of byHash) if (row.id === id) byHash.delete(hash);
    },
    check(key) {
      const hash = hashSecret(key);
      const row = byHash.get(hash);
      if (row === undefined || !isSameHash(row.keyHash, hash)) return null;
      const now = wallMs();
      if (row.expiresAt !== null && row.expiresAt <= now) return null;
      if (row.lastUsedAt === null || now - row.lastUsedAt > TOUCH_MS) {
        row.lastUsedAt = now;
        store.touch(row.id, now).catch(() => undefined);
      }
      return { kind: 'api-key', id: row.id, name: row.name, role: roleSchema.parse(row.role) };
    },
  };
}

function toApiKey(row: ApiKeyRow): ApiKey {
  const { id, name, start, createdAt, expiresAt, lastUsedAt } = row;
  return { id, name, role: roleSchema.parse(row.role), start, createdAt, expiresAt, lastUsedAt };
}
