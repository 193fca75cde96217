import '../request-types.ts';
import {
  agentConfigSchema,
  agentStatusSchema,
  batchAnswerSchema,
  enrolRequestSchema,
  enrolResponseSchema,
  gapReportSchema,
  testReportSchema,
} from '@watchpost/contracts/agents/agent-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { BATCH_HEADER, PROTOCOL_HEADER, PROTOCOL_VERSION, WIRE_LIMITS } from '@watchpost/contracts/protocol';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentDirectory } from '../../agents/agent-directory.ts';
import type { AgentSettings } from '../../agents/agent-settings.ts';
import { createPace } from '../../agents/pace.ts';
import type { HostDirectory } from '../../audit/host-directory.ts';
import type { OrderedTests } from '../../agents/ordered-tests.ts';
import type { GapStore } from '../../catalog/gap-store.ts';
import { parseBatchHeader } from '../../ingest/batch-header.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import type { LiveHub } from '../../live/live-hub.ts';

const ENROL_PER_MINUTE = { max: 60, timeWindow: 60_000 };
const GAPS_PER_REPORT = 1_000;
/** What an agent may ask and tell; batches of results have a pace of their own. */
const REQUESTS = { perS: 20, burst: 200 };
const RESULTS_PATH = '/agents/self/results';

/** What agents use, each about itself only. They have limits of their own instead of the one by address. */
export function agentRoutes(parts: {
  readonly agents: AgentDirectory;
  readonly hosts: HostDirectory;
  readonly settings: AgentSettings;
  readonly tests: OrderedTests;
  readonly gaps: GapStore;
  readonly ingest: Ingest;
  readonly hub: LiveHub;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}): FastifyPluginAsyncZod {
  const { agents, hosts, settings, tests, gaps, ingest, hub, signal, clock } = parts;
  const pace = createPace({ ...REQUESTS, monotonicUs: clock.monotonicUs });
  const tags = ['agents, for themselves'];
  const own = { role: 'agent', rateLimit: false } as const;

  return async (app) => {
    app.addHook('onRequest', async (request) => {
      const version = request.headers[PROTOCOL_HEADER];
      if (version !== undefined && Number(version) !== PROTOCOL_VERSION && Number(version) !== PROTOCOL_VERSION - 1) {
        throw new AppError('unsupported-protocol');
      }
      const { caller, routeOptions } = request;
      if (caller?.kind === 'agent' && routeOptions.url?.endsWith(RESULTS_PATH) !== true) pace.take(caller.agentId);
    });

    app.post(
      '/agents/enrol',
      {
        config: { role: 'public', action: 'agent.enrol', rateLimit: ENROL_PER_MINUTE },
        schema: { tags, summary: 'Join with a one-time token', body: enrolRequestSchema, response: { 201: enrolResponseSchema } },
      },
      async (request, reply) => {
        const { kind, vantage } = request.body;
        if ((kind === 'probe') !== (vantage !== null)) {
          const issue = { field: 'vantage', value: String(vantage), rule: 'must be given for a probe, and null for a recorder' };
          throw new AppError('bad-request', undefined, { issues: [issue] });
        }
        const identity =
          vantage === null
            ? await hosts.enrol(request.body, request.ip)
            : await agents.enrol({ ...request.body, vantage }, request.ip);
        request.deed = {
          actor: `${vantage === null ? 'recorder' : 'agent'}:${identity.agentId}`,
          subject: identity.agentId,
          detail: request.body.name,
        };
        hub.changed(vantage === null ? 'hosts' : 'agents', identity.agentId);
        return reply.code(201).send(identity);
      },
    );

    app.get(
      '/agents/self/config',
      {
        config: own,
        schema: {
          tags,
          summary: 'What to measure; waits for a change when it is asked to (If-None-Match gives 304)',
          querystring: z.object({ wait: z.coerce.number().int().min(0).max(WIRE_LIMITS.configWaitS).default(0) }),
          response: { 200: agentConfigSchema, 304: z.null() },
        },
      },
      async (request, reply) => {
        const agent = agentOf(request);
        const gone = new AbortController();
        request.raw.on('close', () => gone.abort());
        reply.raw.on('close', () => gone.abort());
        const etag = request.headers['if-none-match'] ?? null;
        const ended = AbortSignal.any([signal, gone.signal]);
        const next = await settings.next(agent, etag, request.query.wait * 1000, ended);
        if (next === null) return reply.code(304).header('etag', etag).send(null);
        return reply.header('etag', next.etag).send(next.config);
      },
    );

    app.post(
      '/agents/self/status',
      { config: own, schema: { tags, summary: 'How the agent is', body: agentStatusSchema, response: { 204: z.null() } } },
      async (request, reply) => {
        const { agentId } = agentOf(request);
        agents.setStatus(agentId, request.body);
        hub.agentHeard();
        return reply.code(204).send(null);
      },
    );

    app.post(
      '/agents/self/gaps',
      {
        config: own,
        schema: {
          tags,
          summary: 'Stretches of records that were lost',
          body: z.union([gapReportSchema, z.array(gapReportSchema).max(GAPS_PER_REPORT)]),
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        const agent = agentOf(request);
        await gaps.insert(agent, [request.body].flat(), clock.wallMs());
        hub.changed('agents', agent.agentId);
        return reply.code(204).send(null);
      },
    );

    app.post(
      '/agents/self/tests/:id',
      {
        config: own,
        schema: {
          tags,
          summary: 'What an ordered test measured',
          params: z.object({ id: z.string().min(1).max(100) }),
          body: testReportSchema,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        const { agentId, vantage } = agentOf(request);
        const { id } = request.params;
        const results = request.body.results.map((result) => ({ ...result, agentId, vantage }));
        if (!tests.answer(id, vantage, results)) throw new AppError('not-found');
        settings.changed();
        hub.changed('tests', id);
        return reply.code(204).send(null);
      },
    );

    await app.register(async (batches) => {
      batches.removeAllContentTypeParsers();
      const options = { parseAs: 'buffer', bodyLimit: WIRE_LIMITS.batchBytes } as const;
      batches.addContentTypeParser<Buffer>('*', options, (_request, body, done) => done(null, body));
      batches.post(
        RESULTS_PATH,
        {
          config: own,
          bodyLimit: WIRE_LIMITS.batchBytes,
          schema: {
            tags,
            summary: 'A batch of results: NDJSON, zstd; answered after the durable write',
            headers: z.looseObject({ [BATCH_HEADER]: z.string().optional().describe('<epoch>:<first>-<last>') }),
            response: { 200: batchAnswerSchema },
          },
        },
        async (request) => {
          const agent = agentOf(request);
          const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
          const range = parseBatchHeader(request.headers[BATCH_HEADER]);
          return await ingest.takeBatch({ ...agent, range, body, encoding: request.headers['content-encoding'] });
        },
      );
    });
  };
}

function agentOf({ caller }: FastifyRequest): { readonly agentId: string; readonly vantage: string } {
  if (caller?.kind !== 'agent') throw new AppError('unauthenticated');
  return { agentId: caller.agentId, vantage: caller.vantage };
}
