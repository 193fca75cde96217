import '../request-types.ts';
import { randomUUID } from 'node:crypto';
import {
  hostDetailSchema,
  hostGroupInputSchema,
  hostGroupSchema,
  hostInputSchema,
  hostSchema,
  hostTokenInputSchema,
  hostTokenSchema,
} from '@watchpost/contracts/api/audit';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { hostEnrolCommand } from '../../agents/enrol-command.ts';
import { hostDetail, type HostDetailParts, toHost } from '../../audit/host-detail.ts';
import type { HostDirectory } from '../../audit/host-directory.ts';
import type { LookingNotes } from '../../audit/note-looking.ts';
import type { LiveHub } from '../../live/live-hub.ts';

const idParams = z.object({ id: z.string().min(1).max(200) });

/** The hosts of the command audit and the tree of groups in which they stand. */
export function hostRoutes(
  parts: HostDetailParts & {
    readonly hosts: HostDirectory;
    readonly looking: LookingNotes;
    readonly hub: LiveHub;
    readonly publicUrl: string | null;
  },
): FastifyPluginAsyncZod {
  const { store, hosts, ledger, looking, hub, publicUrl } = parts;
  const tags = ['command audit'];
  const serverUrl = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`;

  return async (app) => {
    app.get(
      '/hosts',
      { config: { role: 'operator' }, schema: { tags, summary: 'All hosts', response: { 200: z.array(hostSchema) } } },
      async () => {
        const numbers = await store.hosts();
        return hosts.list().map((host) => toHost(host, ledger, numbers.get(host.id)));
      },
    );

    app.get(
      '/hosts/:id',
      {
        config: { role: 'operator' },
        schema: {
          tags,
          summary: 'One host: loss budget, coverage, gaps, chain',
          params: idParams,
          response: { 200: hostDetailSchema },
        },
      },
      async (request) => {
        const host = hosts.get(request.params.id);
        if (host === null) throw new AppError('not-found');
        await looking.noteView(request, 'host.look', host.id);
        return await hostDetail(parts, host);
      },
    );

    app.patch(
      '/hosts/:id',
      {
        config: { role: 'operator', action: 'host.change' },
        schema: {
          tags,
          summary: 'Change name, labels or groups of a host',
          params: idParams,
          body: hostInputSchema,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        await hosts.change(request.params.id, request.body);
        hub.changed('hosts', request.params.id);
        return reply.code(204).send(null);
      },
    );

    app.delete(
      '/hosts/:id',
      {
        config: { role: 'administrator', action: 'host.revoke' },
        schema: { tags, summary: 'Revoke the key of a host: its commands stay', params: idParams, response: { 204: z.null() } },
      },
      async (request, reply) => {
        await hosts.revoke(request.params.id);
        hub.changed('hosts', request.params.id);
        return reply.code(204).send(null);
      },
    );

    app.post(
      '/hosts/enrolment-tokens',
      {
        config: { role: 'operator', action: 'host.invite' },
        schema: {
          tags,
          summary: 'A one-time token with which one host joins',
          body: hostTokenInputSchema,
          response: { 201: hostTokenSchema },
        },
      },
      async (request, reply) => {
        const { token, expiresAt } = await hosts.createToken(request.body.validMinutes);
        return reply.code(201).send({ token, expiresAt, ...hostEnrolCommand(serverUrl(request), token) });
      },
    );

    app.get(
      '/host-groups',
      {
        config: { role: 'operator' },
        schema: { tags, summary: 'The tree of host groups', response: { 200: z.array(hostGroupSchema) } },
      },
      async () => [...hosts.groups()],
    );
    app.post(
      '/host-groups',
      {
        config: { role: 'operator', action: 'host-group.create' },
        schema: { tags, summary: 'Add a group of hosts', body: hostGroupInputSchema, response: { 201: hostGroupSchema } },
      },
      async (request, reply) => {
        const group = { id: randomUUID(), ...request.body };
        await hosts.putGroup(group);
        request.deed = { subject: group.name };
        hub.changed('host-groups', group.id);
        return reply.code(201).send(group);
      },
    );
    app.put(
      '/host-groups/:id',
      {
        config: { role: 'operator', action: 'host-group.change' },
        schema: {
          tags,
          summary: 'Rename or move a group of hosts',
          params: idParams,
          body: hostGroupInputSchema,
          response: { 200: hostGroupSchema },
        },
      },
      async (request) => {
        const { id } = request.params;
        if (!hosts.groups().some((group) => group.id === id)) throw new AppError('not-found');
        const group = { id, ...request.body };
        await hosts.putGroup(group);
        hub.changed('host-groups', id);
        return group;
      },
    );
    app.delete(
      '/host-groups/:id',
      {
        config: { role: 'operator', action: 'host-group.remove' },
        schema: {
          tags,
          summary: 'Remove a group: what is in it goes to its parent',
          params: idParams,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        await hosts.removeGroup(request.params.id);
        hub.changed('host-groups', request.params.id);
        return reply.code(204).send(null);
      },
    );
  };
}
