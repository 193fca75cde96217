import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Log } from '@watchpost/runtime/log/log';
import type { TargetStore } from '../catalog/target-store.ts';
import type { VantageStore } from '../catalog/vantage-store.ts';
import type { LiveHub } from '../live/live-hub.ts';
import type { TargetService } from '../quality/target-service.ts';
import type { SettingsFile } from './settings-file.ts';

export type SettingsFileParts = {
  readonly targets: TargetStore;
  readonly vantages: VantageStore;
  readonly service: TargetService;
  readonly hub: LiveHub;
  readonly log: Log;
  readonly wallMs: () => number;
};

/**
 * Makes the catalog hold what the file says: adds, changes, and removes what came from the file and has left it (results
 * stay until their time is over, so that a line that is put back finds them). What was made in the page is left alone. Rejects with `bad-config`, before it changes anything, when the two cannot go together.
 */
export async function applySettingsFile(file: SettingsFile, parts: SettingsFileParts): Promise<void> {
  const { targets, vantages, service, hub, log, wallMs } = parts;
  requireFitting(file, parts);
  for (const input of file.vantages) {
    const known = vantages.get(input.code);
    const after = { ...input, source: 'file' as const };
    if (known === null) await vantages.insert(input, 'file', wallMs());
    else if (!isSame({ ...after, createdAt: 0 }, { ...known, createdAt: 0 })) await vantages.update(input, 'file');
    else continue;
    hub.changed('vantages', input.code);
  }
  for (const { id, ...input } of file.targets) {
    const known = targets.get(id);
    if (known === null) await service.create(input, { id, source: 'file' });
    else {
      const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...before } = known;
      if (!isSame({ ...input, source: 'file' }, before)) await service.change(id, input, 'file');
    }
  }
  const keptTargets = new Set(file.targets.map((target) => target.id));
  for (const target of targets.list()) {
    if (target.source === 'file' && !keptTargets.has(target.id)) await service.remove(target.id, 'file');
  }
  const keptVantages = new Set(file.vantages.map((vantage) => vantage.code));
  for (const vantage of vantages.list()) {
    if (vantage.source !== 'file' || keptVantages.has(vantage.code)) continue;
    try {
      await vantages.remove(vantage.code);
      hub.changed('vantages', vantage.code);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      log.warn(
        { vantage: vantage.code },
        'a vantage point left the settings file but is in use: it is changed in the page from now on',
      );
      await vantages.update(vantage, 'page');
    }
  }
}

function requireFitting(file: SettingsFile, { targets, vantages }: SettingsFileParts): void {
  const inFile = new Set(file.vantages.map((vantage) => vantage.code));
  const isKnown = (code: string) => inFile.has(code) || vantages.get(code)?.source === 'page';
  const issues = file.targets.flatMap((target, index) => [
    ...target.vantages.flatMap((code, place) =>
      isKnown(code) ? [] : [{ field: `targets.${index}.vantages.${place}`, value: code, rule: 'must be a known vantage point' }],
    ),
    ...(targets.get(target.id)?.source === 'page'
      ? [{ field: `targets.${index}.id`, value: target.id, rule: 'must not be the id of a target made in the page' }]
      : []),
  ]);
  // A vantage point that leaves the file while targets of the page use it stays, as one of the page.
  if (issues.length === 0) return;
  const detail = issues.map((issue) => `${issue.field} = ${issue.value}: ${issue.rule}`).join('; ');
  throw new AppError('bad-config', detail, { issues });
}

/** Compares what would be stored; the order of keys does not matter. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
