import '../request-types.ts';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  checkpointSchema,
  commandLineSchema,
  commandPageSchema,
  type CommandSearch,
  commandSearchSchema,
  type Host,
  hostGroupInputSchema,
  hostGroupSchema,
  hostInputSchema,
  hostSchema,
  hostTokenInputSchema,
  hostTokenSchema,
  savedSearchInputSchema,
  savedSearchSchema,
  sessionSchema,
  storedCommandSchema,
} from '@watchpost/contracts/api/audit';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { hostEnrolCommand } from '../../agents/enrol-command.ts';
import type { ChainLedger } from '../../audit/chain-ledger.ts';
import type { Checkpoints } from '../../audit/checkpoints.ts';
import { toCommandLine } from '../../audit/command-lines.ts';
import { searchCommands, toCommandQuery } from '../../audit/command-search.ts';
import { exportCommands } from '../../audit/export-commands.ts';
import type { HostDirectory, KnownHost } from '../../audit/host-directory.ts';
import type { LiveCommandStreams } from '../../audit/live-commands.ts';
import { proofOf } from '../../audit/proof.ts';
import { summarizeSession } from '../../audit/session-summary.ts';
import type { AuditLogStore } from '../../catalog/audit-log-store.ts';
import type { HostStore } from '../../catalog/host-store.ts';
import { callerName, viewerOf } from '../../identity/caller.ts';
import type { LiveHub } from '../../live/live-hub.ts';
import type { CommandStore } from '../../telemetry/command-store.ts';
import { parseCommandId } from '../../telemetry/commands/open-command-store.ts';

const idParams = z.object({ id: z.string().min(1).max(200) });
const AROUND = 30;

/** What people and scripts see of the command audit. Looking is written down, too. */
export function auditRoutes(parts: {
  readonly store: CommandStore;
  readonly hosts: HostDirectory;
  readonly hostStore: HostStore;
  readonly ledger: ChainLedger;
  readonly checkpoints: Checkpoints;
  readonly live: LiveCommandStreams;
  readonly auditLog: AuditLogStore;
  readonly hub: LiveHub;
  readonly publicUrl: string | null;
  readonly wallMs: () => number;
}): FastifyPluginAsyncZod {
  const { store, hosts, hostStore, ledger, checkpoints, live, auditLog, hub, publicUrl, wallMs } = parts;
  const tags = ['command audit'];
  const serverUrl = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`;

  /** Looking at commands leaves a trace, before the answer is given. */
  const noteLooking = async (request: FastifyRequest, action: string, subject: string): Promise<void> => {
    const actor = request.caller === null ? 'nobody' : callerName(request.caller);
    await auditLog.add({ at: wallMs(), actor, action, subject: subject.slice(0, 1_000), sourceIp: request.ip, detail: null });
  };
  const querySubject = (search: CommandSearch): string => {
    const { limit: _limit, cursor: _cursor, ...rest } = search;
    const given = Object.entries(rest).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    );
    return JSON.stringify(Object.fromEntries(given));
  };
  const existing = (id: string): KnownHost => {
    const host = hosts.get(id);
    if (host === null) throw new AppError('not-found');
    return host;
  };
  const shown = (host: KnownHost, numbers: { readonly lastAt: number; readonly records: number } | undefined): Host => ({
    id: host.id,
    name: host.name,
    state: host.state,
    labels: { ...host.labels },
    groupIds: [...host.groupIds],
    address: host.address,
    lastContactAt: host.lastContactAt,
    lastCommandAt: numbers?.lastAt ?? null,
    chain: ledger.stateOf(host.id),
    recorder: host.recorder === null ? null : { ...host.recorder, stored: numbers?.records ?? 0 },
  });

  return async (app) => {
    app.get(
      '/commands',
      {
        config: { role: 'operator' },
        schema: {
          tags,
          summary: 'Search commands, newest first',
          querystring: commandSearchSchema,
          response: { 200: commandPageSchema },
        },
      },
      async (request) => {
        // Further pages of a search belong to its first one.
        if (request.query.cursor === undefined) await noteLooking(request, 'commands.search', querySubject(request.query));
        return await searchCommands({ store, hosts, wallMs }, request.query);
      },
    );

    app.get(
      '/commands/live',
      {
        config: { role: 'operator', rateLimit: false },
        schema: {
          tags,
          summary: 'Commands as they are stored: server-sent events',
          querystring: commandSearchSchema.pick({ hosts: true, groups: true }),
        },
      },
      async (request, reply) => {
        const { caller } = request;
        if (caller === null) throw new AppError('unauthenticated');
        await noteLooking(request, 'commands.watch', querySubject(commandSearchSchema.parse(request.query)));
        const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
        reply.hijack();
        live.add(reply.raw, headers, {
          name: viewerOf(caller),
          hostIds: hosts.resolve(request.query.hosts, request.query.groups),
        });
      },
    );

    for (const format of ['jsonl', 'csv'] as const) {
      app.get(
        `/commands/export.${format}`,
        {
          config: { role: 'operator' },
          schema: {
            tags,
            summary: `Commands of a search as ${format.toUpperCase()}, newest first`,
            querystring: commandSearchSchema,
          },
        },
        async (request, reply) => {
          await noteLooking(request, 'commands.export', querySubject(request.query));
          const query = toCommandQuery(request.query, hosts, wallMs());
          return reply
            .header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
            .header('content-disposition', `attachment; filename="commands.${format}"`)
            .send(Readable.from(exportCommands({ store, query, format, nameOf: hosts.nameOf })));
        },
      );
    }

    app.get(
      '/commands/:id',
      {
        config: { role: 'operator' },
        schema: { tags, summary: 'One record, as it is stored', params: idParams, response: { 200: storedCommandSchema } },
      },
      async (request) => {
        const id = parseCommandId(request.params.id);
        const command = id === null ? null : await store.byId(id);
        if (command === null) throw new AppError('not-found');
        await noteLooking(request, 'commands.look', request.params.id);
        return command;
      },
    );

    app.get(
      '/commands/:id/around',
      {
        config: { role: 'operator' },
        schema: {
          tags,
          summary: 'The session around a record, in order',
          params: idParams,
          response: { 200: z.array(commandLineSchema) },
        },
      },
      async (request) => {
        const id = parseCommandId(request.params.id);
        const command = id === null ? null : await store.byId(id);
        if (command === null) throw new AppError('not-found');
        await noteLooking(request, 'commands.look', request.params.id);
        const around = await store.session(command.sessionId, command.hostId, { at: command.at, limit: AROUND });
        return around.map((joined) => toCommandLine(joined, hosts.nameOf));
      },
    );

    app.get(
      '/sessions/:id',
      {
        config: { role: 'operator' },
        schema: {
          tags,
          summary: 'All that one login did, in order',
          params: idParams,
          querystring: z.strictObject({ host: z.string().min(1).max(64) }),
          response: { 200: z.object({ session: sessionSchema, commands: z.array(commandLineSchema) }) },
        },
      },
      async (request) => {
        const { host } = request.query;
        const commands = await store.session(request.params.id, host, null);
        const session = summarizeSession(commands, hosts.nameOf(host));
        if (session === null) throw new AppError('not-found');
        await noteLooking(request, 'commands.session', `${host} ${request.params.id}`);
        return { session, commands: commands.map((joined) => toCommandLine(joined, hosts.nameOf)) };
      },
    );

    app.get(
      '/hosts',
      { config: { role: 'operator' }, schema: { tags, summary: 'All hosts', response: { 200: z.array(hostSchema) } } },
      async () => {
        const numbers = await store.hosts();
        return hosts.list().map((host) => shown(host, numbers.get(host.id)));
      },
    );

    app.get(
      '/hosts/:id',
      {
        config: { role: 'operator' },
        schema: {
          tags,
          summary: 'One host, and where its chain is broken',
          params: idParams,
          response: {
            200: hostSchema.extend({
              breaks: z.array(z.object({ epoch: z.int(), sequence: z.int(), what: z.string(), at: z.int() })),
            }),
          },
        },
      },
      async (request) => {
        const host = existing(request.params.id);
        const breaks = ledger.breaksOf(host.id).map(({ epoch, sequence, what, at }) => ({ epoch, sequence, what, at }));
        return { ...shown(host, (await store.hosts()).get(host.id)), breaks };
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

    app.get(
      '/saved-searches',
      {
        config: { role: 'operator' },
        schema: { tags, summary: 'Saved searches', response: { 200: z.array(savedSearchSchema) } },
      },
      async () => [...(await hostStore.savedSearches())],
    );
    app.post(
      '/saved-searches',
      {
        config: { role: 'operator', action: 'saved-search.create' },
        schema: { tags, summary: 'Save a search', body: savedSearchInputSchema, response: { 201: savedSearchSchema } },
      },
      async (request, reply) => {
        const createdBy = request.caller === null ? 'nobody' : callerName(request.caller);
        const search = { id: randomUUID(), ...request.body, createdBy, createdAt: wallMs() };
        await hostStore.insertSearch(search);
        hub.changed('saved-searches', search.id);
        return reply.code(201).send(search);
      },
    );
    app.delete(
      '/saved-searches/:id',
      {
        config: { role: 'operator', action: 'saved-search.remove' },
        schema: { tags, summary: 'Remove a saved search', params: idParams, response: { 204: z.null() } },
      },
      async (request, reply) => {
        await hostStore.removeSearch(request.params.id);
        hub.changed('saved-searches', request.params.id);
        return reply.code(204).send(null);
      },
    );

    app.get(
      '/audit/checkpoints',
      {
        config: { role: 'operator' },
        schema: {
          tags,
          summary: 'Signed statements of the chain heads, oldest first',
          querystring: z.strictObject({ from: z.coerce.number().int().min(1).default(1) }),
          response: { 200: z.array(checkpointSchema) },
        },
      },
      async (request) => [...(await checkpoints.list(request.query.from))],
    );
    app.get(
      '/audit/key',
      {
        config: { role: 'viewer' },
        schema: {
          tags,
          summary: 'Public key of the checkpoints',
          response: { 200: z.object({ keyId: z.string(), publicKey: z.string() }) },
        },
      },
      async () => checkpoints.key(),
    );
    app.get(
      '/audit/export',
      {
        config: { role: 'administrator' },
        schema: {
          tags,
          summary: 'All records and checkpoints of a host (or of all), to be verified offline',
          querystring: z.strictObject({ host: z.string().max(64).optional() }),
        },
      },
      async (request, reply) => {
        await noteLooking(request, 'audit.export', request.query.host ?? 'all hosts');
        const heads = ledger.heads().filter(({ hostId }) => request.query.host === undefined || hostId === request.query.host);
        return reply
          .header('content-type', 'application/x-ndjson')
          .header('content-disposition', 'attachment; filename="audit.jsonl"')
          .send(Readable.from(proofOf({ store, checkpoints, heads, isAll: request.query.host === undefined })));
      },
    );
  };
}
