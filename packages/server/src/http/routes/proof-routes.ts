import '../request-types.ts';
import { Readable } from 'node:stream';
import { checkpointSchema, removalSchema } from '@watchpost/contracts/api/audit';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ChainLedger } from '../../audit/chain-ledger.ts';
import type { Checkpoints } from '../../audit/checkpoints.ts';
import { EXPORT_TYPES } from '../../audit/export-commands.ts';
import type { LookingNotes } from '../../audit/note-looking.ts';
import type { HostDirectory } from '../../audit/host-directory.ts';
import { proofOf, proofText } from '../../audit/proof.ts';
import type { CommandStore } from '../../telemetry/command-store.ts';

/** What is needed to prove the command audit. */
export function proofRoutes(parts: {
  readonly store: CommandStore;
  readonly ledger: ChainLedger;
  readonly checkpoints: Checkpoints;
  readonly looking: LookingNotes;
  readonly hosts: HostDirectory;
}): FastifyPluginAsyncZod {
  const { store, ledger, checkpoints, looking, hosts } = parts;
  const tags = ['command audit'];

  return async (app) => {
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
      '/audit/removals',
      {
        config: { role: 'operator' },
        schema: {
          tags,
          summary: 'Signed statements of what retention removed, oldest first',
          response: { 200: z.array(removalSchema) },
        },
      },
      async () => [...(await checkpoints.removals())],
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
          querystring: z.strictObject({ host: z.string().max(64).optional(), format: z.enum(['jsonl', 'csv']).default('jsonl') }),
        },
      },
      async (request, reply) => {
        const { host, format } = request.query;
        await looking.note(request, 'audit.export', host ?? 'all hosts');
        const heads = ledger.heads().filter(({ hostId }) => host === undefined || hostId === host);
        const lines = proofOf({ store, checkpoints, heads, isAll: host === undefined, nameOf: hosts.nameOf });
        return reply
          .header('content-type', EXPORT_TYPES[format])
          .header('content-disposition', `attachment; filename="audit.${format}"`)
          .send(Readable.from(proofText(lines, format)));
      },
    );
  };
}
