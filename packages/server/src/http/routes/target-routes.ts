import '../request-types.ts';
import type { Check } from '@watchpost/contracts/targets/check';
import { type Target, targetIdSchema, targetInputSchema, targetSchema } from '@watchpost/contracts/targets/target';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TargetStore } from '../../catalog/target-store.ts';
import { hasRole } from '../../identity/caller.ts';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { hideSecrets, restoreSecrets } from '../../quality/hide-secrets.ts';
import type { TargetQueries } from '../../quality/target-queries.ts';
import type { TargetService } from '../../quality/target-service.ts';

const params = z.object({ id: targetIdSchema });

export function targetRoutes(parts: {
  readonly targets: TargetStore;
  readonly service: TargetService;
  readonly queries: TargetQueries;
}): FastifyPluginAsyncZod {
  const { targets, service, queries } = parts;
  const tags = ['targets'];
  return async (app) => {
    app.get(
      '/targets',
      { config: { role: 'viewer' }, schema: { tags, summary: 'All targets', response: { 200: z.array(targetSchema) } } },
      async (request) => targets.list().map((target) => shownTo(request, target)),
    );

    app.post(
      '/targets',
      {
        config: { role: 'operator', action: 'target.create' },
        schema: { tags, summary: 'Add a target', body: targetInputSchema, response: { 201: targetSchema } },
      },
      async (request, reply) => {
        const target = await service.create({ ...request.body, check: knownCheck(request.body.check, null) });
        request.deed = { subject: target.id, detail: target.name };
        return reply.code(201).send(target);
      },
    );

    app.get(
      '/targets/:id',
      { config: { role: 'viewer' }, schema: { tags, summary: 'One target', params, response: { 200: targetSchema } } },
      async (request) => shownTo(request, queries.target(request.params.id)),
    );

    app.put(
      '/targets/:id',
      {
        config: { role: 'operator', action: 'target.change' },
        schema: { tags, summary: 'Change a target', params, body: targetInputSchema, response: { 200: targetSchema } },
      },
      async (request) => {
        const before = queries.target(request.params.id);
        const target = await service.change(request.params.id, {
          ...request.body,
          check: knownCheck(request.body.check, before.check),
        });
        request.deed = { subject: target.id, detail: changedFields(before, target) };
        return target;
      },
    );

    app.patch(
      '/targets/:id',
      {
        config: { role: 'operator', action: 'target.pause' },
        schema: {
          tags,
          summary: 'Pause a target, or go on',
          params,
          body: z.strictObject({ paused: z.boolean() }),
          response: { 200: targetSchema },
        },
      },
      async (request) => {
        request.deed = { subject: request.params.id, detail: request.body.paused ? 'paused' : 'goes on' };
        return await service.setPaused(request.params.id, request.body.paused);
      },
    );

    app.delete(
      '/targets/:id',
      {
        config: { role: 'operator', action: 'target.remove' },
        schema: { tags, summary: 'Remove a target and all its results', params, response: { 204: z.null() } },
      },
      async (request, reply) => {
        await service.remove(request.params.id);
        return reply.code(204).send(null);
      },
    );
  };
}

/** The target as the caller may see it: secrets of the check are for operators. */
export function shownTo<T extends Pick<Target, 'check'>>({ caller }: FastifyRequest, target: T): T {
  const isOperator = caller !== null && 'role' in caller && hasRole(caller.role, 'operator');
  return isOperator ? target : { ...target, check: hideSecrets(target.check) };
}

/** The check with what was hidden from whoever sends it put back. Throws `bad-request` when that is not known. */
export function knownCheck(check: Check, stored: Check | null): Check {
  const restored = restoreSecrets(check, stored);
  if (restored.issues.length > 0) throw new AppError('bad-request', undefined, { issues: restored.issues });
  return restored.check;
}

/** Names of the fields that differ; their values may be secret. */
function changedFields(before: Target, after: Target): string {
  const keys = Object.keys(after) as (keyof Target)[];
  return keys.filter((key) => key !== 'updatedAt' && JSON.stringify(before[key]) !== JSON.stringify(after[key])).join(', ');
}
