import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Vantage, VantageInput } from '@watchpost/contracts/targets/target';
import type { Catalog } from './catalog.ts';

/** Vantage points by code, held in memory. */
export type VantageStore = {
  readonly list: () => readonly Vantage[];
  readonly get: (code: string) => Vantage | null;
  readonly insert: (input: VantageInput, source: Vantage['source'], now: number) => Promise<Vantage>;
  readonly update: (input: VantageInput, source: Vantage['source']) => Promise<Vantage>;
  readonly remove: (code: string) => Promise<void>;
};

export async function openVantageStore(catalog: Catalog): Promise<VantageStore> {
  const vantages = new Map<string, Vantage>();
  for (const row of await catalog.selectFrom('vantage').selectAll().execute()) vantages.set(row.code, row);
  return {
    list: () => [...vantages.values()].toSorted((a, b) => a.createdAt - b.createdAt || a.code.localeCompare(b.code)),
    get: (code) => vantages.get(code) ?? null,
    async insert(input, source, now) {
      if (vantages.has(input.code)) throw new AppError('conflict', `a vantage point ${input.code} exists`);
      const vantage: Vantage = { ...input, source, createdAt: now };
      await catalog.insertInto('vantage').values(vantage).execute();
      vantages.set(vantage.code, vantage);
      return vantage;
    },
    async update(input, source) {
      const before = vantages.get(input.code);
      if (before === undefined) throw new AppError('not-found');
      const vantage: Vantage = { ...before, ...input, source };
      await catalog.updateTable('vantage').set(vantage).where('code', '=', input.code).execute();
      vantages.set(vantage.code, vantage);
      return vantage;
    },
    async remove(code) {
      await catalog.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('agent').where('vantage', '=', code).where('revokedAt', 'is not', null).execute();
        const agents = await transaction.selectFrom('agent').select('id').where('vantage', '=', code).limit(1).execute();
        if (agents.length > 0) throw new AppError('conflict', 'agents measure from this vantage point: revoke them first');
        await transaction.deleteFrom('vantage').where('code', '=', code).execute();
      });
      vantages.delete(code);
    },
  };
}
