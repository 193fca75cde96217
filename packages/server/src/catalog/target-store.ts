import { AppError } from '@watchpost/contracts/errors/app-error';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { type Target, type TargetInput, targetSchema } from '@watchpost/contracts/targets/target';
import type { Catalog } from './catalog.ts';
import type { TargetRow } from './tables.ts';

/** Targets by id. All of them are held in memory: agents and the overview ask often, people change seldom. */
export type TargetStore = {
  readonly list: () => readonly Target[];
  readonly get: (id: string) => Target | null;
  readonly insert: (id: string, input: TargetInput, source: Target['source'], now: number) => Promise<Target>;
  readonly update: (id: string, input: TargetInput, source: Target['source'], now: number) => Promise<Target>;
  readonly remove: (id: string) => Promise<void>;
};

export async function openTargetStore(catalog: Catalog): Promise<TargetStore> {
  const targets = new Map<string, Target>();
  for (const row of await catalog.selectFrom('target').selectAll().orderBy('name').execute()) targets.set(row.id, fromRow(row));
  let sorted: readonly Target[] | null = null;
  const remember = (target: Target) => {
    targets.set(target.id, target);
    sorted = null;
    return target;
  };
  return {
    list: () => (sorted ??= [...targets.values()].toSorted((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id))),
    get: (id) => targets.get(id) ?? null,
    async insert(id, input, source, now) {
      const target: Target = { ...input, id, source, createdAt: now, updatedAt: now };
      if (targets.has(id)) throw new AppError('conflict', `a target ${id} exists`);
      await catalog.insertInto('target').values(toRow(target)).execute();
      return remember(target);
    },
    async update(id, input, source, now) {
      const before = targets.get(id);
      if (before === undefined) throw new AppError('not-found');
      const target: Target = { ...input, id, source, createdAt: before.createdAt, updatedAt: now };
      await catalog.updateTable('target').set(toRow(target)).where('id', '=', id).execute();
      return remember(target);
    },
    async remove(id) {
      await catalog.deleteFrom('target').where('id', '=', id).execute();
      targets.delete(id);
      sorted = null;
    },
  };
}

function toRow(target: Target): TargetRow {
  return {
    id: target.id,
    name: target.name,
    checkJson: JSON.stringify(target.check),
    vantagesJson: JSON.stringify(target.vantages),
    intervalS: target.intervalS,
    paused: target.paused ? 1 : 0,
    groupPath: target.group,
    labelsJson: JSON.stringify(target.labels),
    alarmMs: target.alarmMs,
    source: target.source,
    createdAt: target.createdAt,
    updatedAt: target.updatedAt,
  };
}

function fromRow(row: TargetRow): Target {
  return targetSchema.parse({
    id: row.id,
    name: row.name,
    check: checkSchema.parse(JSON.parse(row.checkJson)),
    vantages: JSON.parse(row.vantagesJson),
    intervalS: row.intervalS,
    paused: row.paused !== 0,
    group: row.groupPath,
    labels: JSON.parse(row.labelsJson),
    alarmMs: row.alarmMs,
    source: row.source,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  });
}
