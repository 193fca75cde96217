import { randomUUID } from 'node:crypto';
import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { errorBodySchema } from '@watchpost/contracts/api/error-body';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import type { Log } from '@watchpost/runtime/log/log';
import fastify, { type FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { SESSION_COOKIE } from '../identity/accounts.ts';
import { apiSchemas } from './api-schemas.ts';
import { DATA_POLICY, formatPolicy } from './content-security-policy.ts';
import { answerErrors, bodyOf, translated } from './errors.ts';

const LIMITS = {
  bodyBytes: 1024 * 1024,
  /** Requests of people and scripts from one address in a minute. Agents have limits of their own. */
  requestsPerMinute: 6_000,
  requestMs: 60_000,
} as const;

export type AppOptions = {
  readonly log: Log;
  readonly version: string;
  /** Addresses or networks of proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Check every answer against its schema: for tests. */
  readonly checkAnswers: boolean;
};

/** Makes the HTTP server with all that concerns every route, and no route yet. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { tls } = options;
  const app: FastifyInstance = fastify({
    ...(tls === null ? {} : { https: tls }),
    logger: false,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: LIMITS.requestMs,
    genReqId: () => randomUUID(),
    // Addresses that cannot be decoded never reach a route.
    frameworkErrors: (error, request, reply) => {
      const appError = translated(error);
      reply.hijack();
      reply.raw.writeHead(appError.status, {
        'content-type': 'application/json; charset=utf-8',
        'content-security-policy': formatPolicy(DATA_POLICY),
        'x-content-type-options': 'nosniff',
      });
      reply.raw.end(JSON.stringify(bodyOf(appError, request.id)));
    },
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 300 },
  });
  // Checked here rather than by Fastify's compilers, so that every finding has field, value and rule.
  app.setValidatorCompiler(({ schema }) => (data: unknown) => {
    const parsed = (schema as z.ZodType).safeParse(data);
    if (parsed.success) return { value: parsed.data };
    return { error: new AppError('bad-request', undefined, { issues: fieldIssues(parsed.error, data) }) };
  });
  app.setSerializerCompiler(({ schema }) => (data: unknown) => {
    if (options.checkAnswers && schema instanceof z.ZodType) schema.parse(data);
    return JSON.stringify(data);
  });
  answerErrors(app, options.log);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/api/') || route.schema === undefined) return;
    const response = route.schema.response ?? {};
    route.schema.response = { ...response, '4xx': errorBodySchema, '5xx': errorBodySchema };
  });
  await app.register(helmet, {
    global: true,
    contentSecurityPolicy: { useDefaults: false, directives: DATA_POLICY },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: tls === null ? false : { maxAge: 31_536_000, includeSubDomains: false },
  });
  await app.register(rateLimit, {
    global: true,
    max: LIMITS.requestsPerMinute,
    timeWindow: 60_000,
    cache: 20_000,
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    errorResponseBuilder: (_request, context) =>
      new AppError('too-many-requests', undefined, { retryAfterS: Math.max(1, Math.ceil(context.ttl / 1000)) }),
  });
  await app.register(compress, {
    globalDecompression: false,
    encodings: ['zstd', 'br', 'gzip'],
    threshold: 2_048,
    // A chart of half a megabyte: the usual level takes longer than to compute it.
    zlibOptions: { level: 1 },
  });
  const schemaRegistry = apiSchemas();
  const describeRoute = createJsonSchemaTransform({ schemaRegistry });
  await app.register(swagger, {
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Watchpost', version: options.version, description: 'Everything that the page does can be done here.' },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'Made by POST /api/v1/session' },
          key: { type: 'http', scheme: 'bearer', description: 'API key (wpk_…); for agents their own key (wpa_…)' },
        },
      },
    },
    transform: (input) => {
      const transformed = describeRoute(input);
      const role = input.route.config?.role;
      const security = role === 'public' ? [] : role === 'agent' ? [{ key: [] }] : [{ session: [] }, { key: [] }];
      return { ...transformed, schema: { ...transformed.schema, security } };
    },
  });
  return app;
}
