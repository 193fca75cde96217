import '../request-types.ts';
import { batchAnswerSchema, gapReportSchema } from '@watchpost/contracts/agents/agent-wire';
import { recorderStatusAnswerSchema, recorderStatusSchema } from '@watchpost/contracts/agents/recorder-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { BATCH_HEADER, WIRE_LIMITS } from '@watchpost/contracts/protocol';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createPace } from '../../agents/pace.ts';
import type { CommandIngest } from '../../audit/command-ingest.ts';
import type { HostDirectory } from '../../audit/host-directory.ts';
import type { GapStore } from '../../catalog/gap-store.ts';
import { parseBatchHeader } from '../../ingest/batch-header.ts';
import type { LiveHub } from '../../live/live-hub.ts';

const GAPS_PER_REPORT = 1_000;
const REQUESTS = { perS: 20, burst: 200 };
const COMMANDS_PATH = '/agents/self/commands';

/** What the recorder of a host uses, about that host only. */
export function recorderRoutes(parts: {
  readonly hosts: HostDirectory;
  readonly gaps: GapStore;
  readonly ingest: CommandIngest;
  readonly hub: LiveHub;
  readonly clock: Clock;
}): FastifyPluginAsyncZod {
  const { hosts, gaps, ingest, hub, clock } = parts;
  const pace = createPace({ ...REQUESTS, monotonicUs: clock.monotonicUs });
  const tags = ['recorders, for themselves'];
  const own = { role: 'recorder', rateLimit: false } as const;

  return async (app) => {
    app.post(
      '/agents/self/recorder-status',
      {
        config: own,
        schema: {
          tags,
          summary: 'How the recorder is',
          body: recorderStatusSchema,
          response: { 200: recorderStatusAnswerSchema },
        },
      },
      async (request) => {
        const hostId = hostOf(request);
        pace.take(hostId);
        hosts.setStatus(hostId, request.body);
        return { serverTime: clock.wallMs() };
      },
    );

    app.post(
      '/agents/self/recorder-gaps',
      {
        config: own,
        schema: {
          tags,
          summary: 'Stretches of records that the recorder had to drop',
          body: z.array(gapReportSchema).max(GAPS_PER_REPORT),
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        const hostId = hostOf(request);
        pace.take(hostId);
        await gaps.insert({ agentId: hostId, vantage: '' }, request.body, clock.wallMs());
        hub.changed('hosts', hostId);
        return reply.code(204).send(null);
      },
    );

    await app.register(async (batches) => {
      batches.removeAllContentTypeParsers();
      const options = { parseAs: 'buffer', bodyLimit: WIRE_LIMITS.batchBytes } as const;
      batches.addContentTypeParser<Buffer>('*', options, (_request, body, done) => done(null, body));
      batches.post(
        COMMANDS_PATH,
        {
          config: own,
          bodyLimit: WIRE_LIMITS.batchBytes,
          schema: {
            tags,
            summary: 'A batch of commands: NDJSON, zstd; verified, and answered after the durable write',
            headers: z.looseObject({ [BATCH_HEADER]: z.string().optional().describe('<epoch>:<first>-<last>') }),
            response: { 200: batchAnswerSchema },
          },
        },
        async (request) => {
          const hostId = hostOf(request);
          const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
          const range = parseBatchHeader(request.headers[BATCH_HEADER]);
          return await ingest.takeBatch({ hostId, range, body, encoding: request.headers['content-encoding'] });
        },
      );
    });
  };
}

function hostOf({ caller }: FastifyRequest): string {
  if (caller?.kind !== 'recorder') throw new AppError('unauthenticated');
  return caller.hostId;
}
