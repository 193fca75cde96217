import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Target, TargetInput } from '@watchpost/contracts/targets/target';
import type { Log } from '@watchpost/runtime/log/log';
import type { AgentSettings } from '../agents/agent-settings.ts';
import type { TargetStore } from '../catalog/target-store.ts';
import type { VantageStore } from '../catalog/vantage-store.ts';
import type { LiveHub } from '../live/live-hub.ts';
import type { TelemetryStore } from '../telemetry/telemetry-store.ts';
import type { LiveState } from './live-state.ts';
import { newTargetId } from './target-id.ts';

const TARGET_LIMIT = 20_000;

/** Changes of targets: agents and viewers hear of each at once. What comes from the file is `read-only` for people. */
export type TargetService = {
  readonly create: (
    input: TargetInput,
    options?: { readonly id?: string; readonly source?: Target['source'] },
  ) => Promise<Target>;
  readonly change: (id: string, input: TargetInput, source?: Target['source']) => Promise<Target>;
  readonly setPaused: (id: string, paused: boolean) => Promise<Target>;
  /** Removes a target; its results, too, when a person asks for it. */
  readonly remove: (id: string, source?: Target['source']) => Promise<void>;
};

export function createTargetService(parts: {
  readonly targets: TargetStore;
  readonly vantages: VantageStore;
  readonly settings: AgentSettings;
  readonly hub: LiveHub;
  readonly live: LiveState;
  readonly store: TelemetryStore;
  readonly log: Log;
  readonly wallMs: () => number;
}): TargetService {
  const { targets, vantages, settings, hub, live, store, log, wallMs } = parts;
  const announce = (id: string) => {
    settings.changed();
    hub.changed('targets', id);
  };
  const existing = (id: string, source: Target['source']): Target => {
    const target = targets.get(id);
    if (target === null) throw new AppError('not-found');
    if (target.source === 'file' && source === 'page') throw new AppError('read-only');
    return target;
  };
  const requireVantages = (input: TargetInput) => {
    const issues = input.vantages.flatMap((code, index) =>
      vantages.get(code) === null ? [{ field: `vantages.${index}`, value: code, rule: 'must be a known vantage point' }] : [],
    );
    if (issues.length > 0) throw new AppError('bad-request', undefined, { issues });
    return { ...input, vantages: [...new Set(input.vantages)] };
  };
  const change: TargetService['change'] = async (id, input, source = 'page') => {
    existing(id, source);
    const target = await targets.update(id, requireVantages(input), source, wallMs());
    announce(id);
    return target;
  };
  return {
    change,
    async create(input, { id: wanted, source = 'page' } = {}) {
      if (targets.list().length >= TARGET_LIMIT) throw new AppError('conflict', `there are ${TARGET_LIMIT} targets already`);
      const id = wanted ?? newTargetId(input.name, (candidate) => targets.get(candidate) !== null);
      const target = await targets.insert(id, requireVantages(input), source, wallMs());
      announce(id);
      return target;
    },
    async setPaused(id, paused) {
      const { id: _id, source, createdAt: _createdAt, updatedAt: _updatedAt, ...input } = existing(id, 'page');
      return await change(id, { ...input, paused }, source);
    },
    async remove(id, source = 'page') {
      existing(id, source);
      await targets.remove(id);
      live.forgetTarget(id);
      announce(id);
      // A line that left the settings file may come back, and its history with it.
      if (source === 'file') return;
      // The results go in the background: an engine that cannot answer now must not keep the target alive.
      store
        .deleteTarget(id)
        .catch((error: unknown) => log.warn({ err: error, targetId: id }, 'results of a removed target stay'));
    },
  };
}
