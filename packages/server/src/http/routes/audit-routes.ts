import '../request-types.ts';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  commandExportSchema,
  commandLineSchema,
  commandPageSchema,
  commandSearchSchema,
  savedSearchInputSchema,
  savedSearchSchema,
  sessionSchema,
  storedCommandSchema,
} from '@watchpost/contracts/api/audit';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toCommandLine } from '../../audit/command-lines.ts';
import { searchCommands, toCommandQuery } from '../../audit/command-search.ts';
import type { Checkpoints } from '../../audit/checkpoints.ts';
import { EXPORT_TYPES, exportCommands } from '../../audit/export-commands.ts';
import type { HostDirectory } from '../../audit/host-directory.ts';
import type { LiveCommandStreams } from '../../audit/live-commands.ts';
import { type LookingNotes, searchSubject } from '../../audit/note-looking.ts';
import { proofText } from '../../audit/proof.ts';
import { searchProof } from '../../audit/search-proof.ts';
import { summarizeSession } from '../../audit/session-summary.ts';
import type { HostStore } from '../../catalog/host-store.ts';
import { callerName, viewerOf } from '../../identity/caller.ts';
import type { LiveHub } from '../../live/live-hub.ts';
import { createExportLimit } from '../../quality/export-limit.ts';
import type { CommandStore } from '../../telemetry/command-store.ts';
import { parseCommandId } from '../../telemetry/commands/open-command-store.ts';

const idParams = z.object({ id: z.string().min(1).max(200) });
const AROUND = 30;

/** What people and scripts see of the command audit. Looking is written down, too. */
export function auditRoutes(parts: {
  readonly store: CommandStore;
  readonly checkpoints: Checkpoints;
  readonly hosts: HostDirectory;
  readonly hostStore: HostStore;
  readonly live: LiveCommandStreams;
  readonly looking: LookingNotes;
  readonly hub: LiveHub;
  readonly wallMs: () => number;
}): FastifyPluginAsyncZod {
  const { store, checkpoints, hosts, hostStore, live, looking, hub, wallMs } = parts;
  const tags = ['command audit'];
  const limitExport = createExportLimit();

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
        // Further pages belong to their first one, when that was asked for: a cursor can be made up.
        const note = request.query.cursor === undefined ? looking.note : looking.noteView;
        await note(request, 'commands.search', searchSubject(request.query));
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
        await looking.note(request, 'commands.watch', searchSubject(commandSearchSchema.parse(request.query)));
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
            summary: `Commands of a search as ${format.toUpperCase()}, newest first; with proof=true all that proves them offline`,
            querystring: commandExportSchema,
          },
        },
        async (request, reply) => {
          limitExport(reply.raw);
          const { proof, ...search } = request.query;
          const isProof = proof === 'true';
          const asked = searchSubject(search);
          await looking.note(request, isProof ? 'commands.export-proof' : 'commands.export', asked);
          const query = toCommandQuery(search, hosts, wallMs());
          const { nameOf } = hosts;
          const text = isProof
            ? proofText(await searchProof({ store, checkpoints, query, asked, nameOf }), format)
            : exportCommands({ store, query, format, nameOf });
          return reply
            .header('content-type', EXPORT_TYPES[format])
            .header('content-disposition', `attachment; filename="commands${isProof ? '-proof' : ''}.${format}"`)
            .send(Readable.from(text));
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
        await looking.note(request, 'commands.look', request.params.id);
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
        await looking.note(request, 'commands.look', request.params.id);
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
        await looking.note(request, 'commands.session', `${host} ${request.params.id}`);
        return { session, commands: commands.map((joined) => toCommandLine(joined, hosts.nameOf)) };
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
  };
}
