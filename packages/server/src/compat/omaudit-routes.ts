import '../http/request-types.ts';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Log } from '@watchpost/runtime/log/log';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import type { FastifyPluginAsync } from 'fastify';
import type { Audit } from '../audit/open-audit.ts';
import { createAllowList } from './allow-list.ts';
import { createLegacyFeed, newestCommands } from './legacy-feed.ts';
import { legacyHostId, type LegacyQuery, readLegacyEntry, toLegacyRecord } from './legacy-records.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Requests of one address in a minute. */
const REQUESTS_PER_MINUTE = 12_000;
const HOSTS_ASKED = 1_000;
const NOT_ALLOWED = '非法提交！';
const NOT_STORED = '入库失败，请与管理员联系！';

/**
 * The two addresses of the original, so that its agents and its page can be moved over one by one. Only these networks get an
 * answer at all, that list being the only proof of who sends; without any, nobody does. Always 200 and plain text, as the original.
 */
export function omauditRoutes(parts: {
  readonly allow: readonly string[];
  readonly audit: Pick<Audit, 'store' | 'hosts' | 'showStored' | 'follow'>;
  readonly wallMs: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}): FastifyPluginAsync {
  const { allow, audit, wallMs, log, metrics } = parts;
  const { store, hosts } = audit;
  const feed = createLegacyFeed({ addressOf: (id) => hosts.get(id)?.address ?? hosts.nameOf(id), nameOf: hosts.nameOf });
  const isAllowed = createAllowList(allow);
  const taken = metrics.counter('legacy_commands_total', 'Commands taken at the compatibility endpoint, by what became of them', [
    'outcome',
  ]);
  const config = { role: 'legacy', rateLimit: { max: REQUESTS_PER_MINUTE, timeWindow: 60_000 } } as const;

  const pull = async (query: LegacyQuery, sentFrom: string): Promise<string> => {
    const receivedAt = wallMs();
    const entry = readLegacyEntry(query, receivedAt);
    if ('missing' in entry || 'wrong' in entry) taken.inc({ outcome: 'refused' });
    if ('missing' in entry) return `${entry.missing} null`;
    if ('wrong' in entry) return `${NOT_STORED}${entry.wrong}`;
    try {
      await hosts.addLegacy(legacyHostId(entry.ip), entry.ip);
      const record = toLegacyRecord(entry, { sequence: feed.nextId(receivedAt), sentFrom, receivedAt });
      await store.insert([record]);
      audit.showStored([record]);
    } catch (error) {
      taken.inc({ outcome: 'failed' });
      log.warn({ err: error }, 'a command of the compatibility endpoint was not stored');
      return `${NOT_STORED}${error instanceof AppError ? error.message : 'unexpected'}`;
    }
    taken.inc({ outcome: 'stored' });
    return 'OK';
  };
  const run = (query: LegacyQuery): string => {
    const lastId = Number(query['LastID'] ?? 0);
    const asked = typeof query['hosts'] === 'string' ? query['hosts'].split(/[\s,;|]+/).filter((host) => host !== '') : [];
    return feed.answer(Number.isSafeInteger(lastId) && lastId > 0 ? lastId : 0, asked.slice(0, HOSTS_ASKED));
  };

  return async (app) => {
    if (allow.length > 0) {
      log.warn(
        { networks: allow },
        'the compatibility endpoints are open: whoever sends from these networks writes records without a key',
      );
      audit.follow(feed.stored);
      feed.stored(await newestCommands(store, wallMs()));
    }
    app.addHook('onRequest', async (request, reply) => {
      if (!isAllowed(request.ip)) throw new AppError('not-found');
      reply.header('content-type', 'text/plain; charset=utf-8').header('cache-control', 'no-store');
      // Answered before a body is read.
      if (request.method !== 'GET') await reply.send(NOT_ALLOWED);
    });
    app.route<{ Querystring: LegacyQuery }>({
      method: METHODS,
      url: '/omaudit/omaudit_pull/',
      config,
      schema: { hide: true },
      handler: async (request) => await pull(request.query, request.ip),
    });
    app.route<{ Querystring: LegacyQuery }>({
      method: METHODS,
      url: '/omaudit/omaudit_run/',
      config,
      schema: { hide: true },
      handler: async (request) => run(request.query),
    });
  };
}
