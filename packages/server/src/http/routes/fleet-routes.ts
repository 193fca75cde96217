import '../request-types.ts';
import {
  agentSchema,
  enrolmentTokenInputSchema,
  enrolmentTokenSchema,
  testInputSchema,
  testSchema,
} from '@watchpost/contracts/api/fleet';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { vantageCodeSchema, vantageInputSchema, vantageSchema } from '@watchpost/contracts/targets/target';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentDirectory } from '../../agents/agent-directory.ts';
import type { AgentSettings } from '../../agents/agent-settings.ts';
import type { OrderedTests } from '../../agents/ordered-tests.ts';
import type { TargetStore } from '../../catalog/target-store.ts';
import type { VantageStore } from '../../catalog/vantage-store.ts';
import type { LiveHub } from '../../live/live-hub.ts';
import { knownCheck } from './target-routes.ts';
import { enrolCommand } from '../../agents/enrol-command.ts';

const codeParams = z.object({ code: vantageCodeSchema });
const idParams = z.object({ id: z.string().min(1).max(100) });

export function fleetRoutes(parts: {
  readonly vantages: VantageStore;
  readonly targets: TargetStore;
  readonly agents: AgentDirectory;
  readonly tests: OrderedTests;
  readonly settings: AgentSettings;
  readonly hub: LiveHub;
  readonly publicUrl: string | null;
  readonly wallMs: () => number;
}): FastifyPluginAsyncZod {
  const { vantages, targets, agents, tests, settings, hub, publicUrl, wallMs } = parts;
  const tags = ['vantage points and agents'];
  const existing = (code: string) => {
    const vantage = vantages.get(code);
    if (vantage === null) throw new AppError('not-found');
    return vantage;
  };
  const changeable = (code: string) => {
    if (existing(code).source === 'file') throw new AppError('read-only');
  };
  const serverUrl = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`;

  return async (app) => {
    app.get(
      '/vantages',
      { config: { role: 'viewer' }, schema: { tags, summary: 'All vantage points', response: { 200: z.array(vantageSchema) } } },
      async () => [...vantages.list()],
    );

    app.post(
      '/vantages',
      {
        config: { role: 'operator', action: 'vantage.create' },
        schema: { tags, summary: 'Add a vantage point', body: vantageInputSchema, response: { 201: vantageSchema } },
      },
      async (request, reply) => {
        const vantage = await vantages.insert(request.body, 'page', wallMs());
        request.deed = { subject: vantage.code };
        hub.changed('vantages', vantage.code);
        return reply.code(201).send(vantage);
      },
    );

    app.put(
      '/vantages/:code',
      {
        config: { role: 'operator', action: 'vantage.change' },
        schema: {
          tags,
          summary: 'Change name or colour of a vantage point',
          params: codeParams,
          body: vantageInputSchema.omit({ code: true }).extend({ code: vantageCodeSchema.optional() }),
          response: { 200: vantageSchema },
        },
      },
      async (request) => {
        const { code } = request.params;
        changeable(code);
        if (request.body.code !== undefined && request.body.code !== code) {
          const issue = { field: 'code', value: request.body.code, rule: 'cannot be changed: results carry it' };
          throw new AppError('bad-request', undefined, { issues: [issue] });
        }
        const vantage = await vantages.update({ ...request.body, code }, 'page');
        hub.changed('vantages', code);
        return vantage;
      },
    );

    app.delete(
      '/vantages/:code',
      {
        config: { role: 'operator', action: 'vantage.remove' },
        schema: { tags, summary: 'Remove a vantage point that nothing uses', params: codeParams, response: { 204: z.null() } },
      },
      async (request, reply) => {
        const { code } = request.params;
        changeable(code);
        const user = targets.list().find((target) => target.vantages.includes(code));
        if (user !== undefined) throw new AppError('conflict', `target ${user.id} is measured from it`);
        await vantages.remove(code);
        agents.forget(code);
        hub.changed('vantages', code);
        return reply.code(204).send(null);
      },
    );

    app.get(
      '/agents',
      {
        config: { role: 'viewer' },
        schema: { tags, summary: 'All agents and how they are', response: { 200: z.array(agentSchema) } },
      },
      async () => [...(await agents.list())],
    );

    app.delete(
      '/agents/:id',
      {
        config: { role: 'operator', action: 'agent.revoke' },
        schema: {
          tags,
          summary: 'Revoke an agent: its key stops working at once',
          params: idParams,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        await agents.revoke(request.params.id);
        settings.changed();
        hub.changed('agents', request.params.id);
        return reply.code(204).send(null);
      },
    );

    app.post(
      '/agents/enrolment-tokens',
      {
        config: { role: 'operator', action: 'enrolment-token.create' },
        schema: {
          tags,
          summary: 'Make a one-time token with which an agent joins',
          body: enrolmentTokenInputSchema,
          response: { 201: enrolmentTokenSchema },
        },
      },
      async (request, reply) => {
        const { vantage, validMinutes } = request.body;
        if (vantages.get(vantage) === null) {
          const issue = { field: 'vantage', value: vantage, rule: 'must be a known vantage point' };
          throw new AppError('bad-request', undefined, { issues: [issue] });
        }
        const { token, expiresAt } = await agents.createToken(vantage, validMinutes);
        request.deed = { subject: vantage };
        return reply.code(201).send({ token, vantage, expiresAt, ...enrolCommand(serverUrl(request), token, vantage) });
      },
    );

    app.post(
      '/tests',
      {
        config: { role: 'operator', action: 'test.order' },
        schema: {
          tags,
          summary: 'Measure something just now, without saving it',
          body: testInputSchema,
          response: { 202: testSchema },
        },
      },
      async (request, reply) => {
        const codes = [...new Set(request.body.vantages)];
        const unknown = codes.find((code) => vantages.get(code) === null);
        if (unknown !== undefined) {
          const issue = { field: 'vantages', value: unknown, rule: 'must be known vantage points' };
          throw new AppError('bad-request', undefined, { issues: [issue] });
        }
        const unreachable = codes.filter((code) => !agents.hasContact(code));
        const test = tests.order(knownCheck(request.body.check, null), codes, unreachable);
        request.deed = { subject: test.id, detail: codes.join(', ') };
        settings.changed();
        return reply.code(202).send(test);
      },
    );

    app.get(
      '/tests/:id',
      {
        config: { role: 'operator' },
        schema: { tags, summary: 'What an ordered test has given so far', params: idParams, response: { 200: testSchema } },
      },
      async (request) => {
        const test = tests.get(request.params.id);
        if (test === null) throw new AppError('not-found');
        return test;
      },
    );
  };
}
