import { join } from 'node:path';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { type Clock, systemClock } from '@watchpost/runtime/clock/clock';
import type { Log } from '@watchpost/runtime/log/log';
import { createMetrics, type Metrics } from '@watchpost/runtime/metrics/metrics';
import type { FastifyInstance } from 'fastify';
import { openAgentDirectory } from './agents/agent-directory.ts';
import { showAgents } from './agents/agent-metrics.ts';
import { createAgentSettings } from './agents/agent-settings.ts';
import { createOrderedTests } from './agents/ordered-tests.ts';
import { checkCommandRetention } from './audit/command-retention.ts';
import { openAudit } from './audit/open-audit.ts';
import { createAgentStore } from './catalog/agent-store.ts';
import { createApiKeyStore } from './catalog/api-key-store.ts';
import { createAuditLogStore } from './catalog/audit-log-store.ts';
import { openCatalog } from './catalog/catalog.ts';
import { createEnrolmentTokenStore } from './catalog/enrolment-token-store.ts';
import { createGapStore } from './catalog/gap-store.ts';
import { openTargetStore } from './catalog/target-store.ts';
import { createUserStore } from './catalog/user-store.ts';
import { openVantageStore } from './catalog/vantage-store.ts';
import { omauditRoutes } from './compat/omaudit-routes.ts';
import { listenAddress, pageDirOf, retentionOf, type ServerConfig, settingsFileOf } from './config.ts';
import { guardAccess } from './http/access.ts';
import { followCertificate, readCertificate } from './http/certificate.ts';
import { createApp } from './http/app.ts';
import { countRequests, watchFigures } from './http/figures.ts';
import { type LocalDoor, openLocalDoor } from './http/local-door.ts';
import { isLoopback, isLoopbackUrl } from './http/origin.ts';
import { servePage } from './http/page.ts';
import { agentRoutes } from './http/routes/agent-routes.ts';
import { auditRoutes } from './http/routes/audit-routes.ts';
import { fleetRoutes } from './http/routes/fleet-routes.ts';
import { hostRoutes } from './http/routes/host-routes.ts';
import { identityRoutes } from './http/routes/identity-routes.ts';
import { proofRoutes } from './http/routes/proof-routes.ts';
import { qualityRoutes } from './http/routes/quality-routes.ts';
import { recorderRoutes } from './http/routes/recorder-routes.ts';
import { systemRoutes } from './http/routes/system-routes.ts';
import { targetRoutes } from './http/routes/target-routes.ts';
import { openAccounts } from './identity/accounts.ts';
import { openApiKeys } from './identity/api-keys.ts';
import { createConfiguredAdministrator, createFirstAccount } from './identity/first-account.ts';
import { createLoginLimit } from './identity/login-limit.ts';
import { readSessionSecret } from './identity/secrets.ts';
import { createBatchDoor } from './ingest/batch-door.ts';
import { createIngest } from './ingest/ingest.ts';
import { createLiveHub } from './live/live-hub.ts';
import { createLiveStreams } from './live/live-stream.ts';
import { startMaintenance } from './maintenance/loops.ts';
import { createChartPainter } from './quality/chart-painter.ts';
import { createLiveState } from './quality/live-state.ts';
import { createOverview } from './quality/overview.ts';
import { showTargets } from './quality/target-metrics.ts';
import { createTargetQueries } from './quality/target-queries.ts';
import { createTargetService } from './quality/target-service.ts';
import { warmUpCharts } from './quality/warm-up.ts';
import { watchSettingsFile } from './settings-file/watch-settings-file.ts';
import { openTelemetryStore } from './telemetry/open-telemetry-store.ts';

export type Server = {
  /** Where it listens, as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The HTTP server, for tests. */
  readonly app: FastifyInstance;
  /** What /metrics shows, for the reference. */
  readonly metrics: Metrics;
  /** Code for making the first account from another machine; null: there is an account. */
  readonly setupCode: string | null;
  /** Whether an agent of this id is enrolled here and not revoked. */
  readonly knowsAgent: (agentId: string) => boolean;
  /** Makes the vantage point when it is missing, and a token with which one agent joins there. */
  readonly inviteAgent: (vantage: { readonly code: string; readonly name: string }) => Promise<string>;
  /** Adds a first target that measures this server itself, when there is no target at all. */
  readonly addFirstTarget: (vantage: string) => Promise<void>;
  /** Address for processes of this machine: loopback, plain HTTP. Opened when the main address is not that. */
  readonly openLocally: () => Promise<string>;
  /** Reads the settings file again, and a renewed certificate. */
  readonly reload: () => Promise<boolean>;
  /** Ends in order: no new requests, open ones answered, all stores closed. */
  readonly close: () => Promise<void>;
};

export type ServerOptions = {
  readonly config: ServerConfig;
  readonly log: Log;
  readonly version: string;
  readonly clock?: Clock;
  /** Check every answer against its schema: for tests. */
  readonly checkAnswers?: boolean;
};

const CLOSE_CONNECTIONS_MS = 5_000;
const LOCAL_TOKEN_MINUTES = 10;
/** Hosts that stand for all networks of the machine. */
const ANY_HOST = new Set(['0.0.0.0', '::']);
const DAY_MS = 86_400_000;
const FOREVER_MS = 100 * 366 * DAY_MS;

/** Starts a server: opens the stores, listens, and begins the recurring work. Rejects with AppError, leaving nothing behind. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const opened = new AsyncDisposableStack();
  try {
    return await start(options, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** What is opened is put on the stack; closing the server undoes it in reverse order. */
async function start(options: ServerOptions, opened: AsyncDisposableStack): Promise<Server> {
  const { config, log, version } = options;
  const clock = options.clock ?? systemClock;
  const { wallMs } = clock;
  const metrics = createMetrics();
  const stopping = new AbortController();
  const { signal } = stopping;
  const retention = retentionOf(config);
  checkCommandRetention(config.retention.commandsDays, config.retention.allowShortCommandRetention);

  const catalog = opened.adopt(await openCatalog(config.data), (open) => open.destroy());
  const store = opened.adopt(
    await openTelemetryStore({
      dir: join(config.data, 'telemetry'),
      ...(config.clickhouseUrl === null ? {} : { clickhouseUrl: config.clickhouseUrl }),
      retention,
      clock,
      log,
      metrics,
    }),
    (open) => open.close(),
  );
  const users = createUserStore(catalog);
  const targets = await openTargetStore(catalog);
  const vantages = await openVantageStore(catalog);
  const gaps = createGapStore(catalog);
  const auditLog = createAuditLogStore(catalog);
  const door = createBatchDoor({ clock, metrics });
  const { commandsDays: keepDays } = config.retention;
  const audit = await openAudit(
    { data: config.data, catalog, engine: store.engine, auditLog, door, keepDays, clock, log, metrics },
    opened,
  );
  const { hosts } = audit;
  const baseUrl = config.publicUrl ?? `${config.tlsCertFile === null ? 'http' : 'https'}://${config.listen}`;
  const accounts = await openAccounts({ catalog, users, secret: readSessionSecret(config.data), baseUrl });
  const apiKeys = await openApiKeys(createApiKeyStore(catalog), wallMs);
  const firstAccount = createFirstAccount(users, accounts);
  const tokens = createEnrolmentTokenStore(catalog);
  const agents = opened.adopt(await openAgentDirectory({ agents: createAgentStore(catalog), tokens, gaps, wallMs }), (open) =>
    // What was heard last is not worth a failed stop.
    open.flush().catch((error: unknown) => log.warn({ err: error }, 'the last contacts of agents were not written down')),
  );

  const tests = createOrderedTests(wallMs);
  const settings = createAgentSettings({ targets, tests, isEnrolled: agents.isEnrolled, wallMs });
  const hub = createLiveHub();
  const streams = createLiveStreams(hub);
  const live = createLiveState(await store.latest());
  const service = createTargetService({ targets, vantages, settings, hub, live, store, log, wallMs });
  const queries = createTargetQueries({ targets, gaps, store, wallMs });
  const overview = createOverview({ targets, store, live, wallMs });
  const painter = opened.adopt(createChartPainter(log), (open) => open.close());
  const ingest = createIngest({
    door,
    store,
    isTarget: (id) => targets.get(id) !== null,
    onStored: (records) => hub.results(live.take(records)),
    rawRetentionMs: retention.raw ?? FOREVER_MS,
    clock,
    metrics,
  });

  const publicOrigin = config.publicUrl === null ? null : new URL(config.publicUrl).origin;
  const tls = readCertificate(config);
  const { trustedProxies } = config;
  const app = await createApp({ log, version, trustedProxies, tls, checkAnswers: options.checkAnswers ?? false });
  let localDoor: LocalDoor | null = null;
  opened.defer(async () => {
    streams.close();
    audit.live.close();
    hub.close();
    const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_CONNECTIONS_MS);
    await Promise.all([app.close(), localDoor?.close()]);
    clearTimeout(cut);
  });
  countRequests(app, metrics);
  watchFigures(metrics, { agents, streams, targets, settings });
  showTargets(metrics, { targets, live, wallMs });
  showAgents(metrics, agents);
  guardAccess(app, { accounts, apiKeys, agents, hosts, auditLog, wallMs, publicOrigin });
  const api = { prefix: '/api/v1' };
  const loginLimit = createLoginLimit(clock.monotonicUs);
  await app.register(
    identityRoutes({
      accounts,
      users,
      firstAccount,
      loginLimit,
      apiKeys,
      auditLog,
      hub,
      streams,
      version,
      wallMs,
      isBehindProxy: trustedProxies.length > 0 || (config.publicUrl !== null && !isLoopbackUrl(config.publicUrl)),
    }),
    api,
  );
  await app.register(targetRoutes({ targets, service, queries }), api);
  await app.register(fleetRoutes({ vantages, targets, agents, tests, settings, hub, publicUrl: config.publicUrl, wallMs }), api);
  await app.register(agentRoutes({ agents, hosts, settings, tests, gaps, ingest, hub, signal, clock }), api);
  await app.register(recorderRoutes({ hosts, gaps, ingest: audit.ingest, hub, clock }), api);
  await app.register(auditRoutes({ ...audit, hub, wallMs }), api);
  await app.register(hostRoutes({ ...audit, gaps, hub, publicUrl: config.publicUrl, wallMs }), api);
  await app.register(proofRoutes(audit), api);
  await app.register(qualityRoutes({ overview, queries, vantages, store, painter, wallMs }), api);
  await app.register(systemRoutes({ metrics, store, streams, isStopping: () => signal.aborted }));
  await app.register(omauditRoutes({ allow: config.compat.allow, audit, wallMs, log, metrics }));
  await servePage(app, pageDirOf(config));

  const administrator = { email: config.adminEmail, password: config.adminPassword };
  if ((await createConfiguredAdministrator(firstAccount, administrator)) !== null) log.info('the first account was made');
  const file = await watchSettingsFile(settingsFileOf(config), {
    targets,
    vantages,
    service,
    hub,
    log,
    wallMs,
    signal,
    isRequired: config.settingsFile !== null,
  });
  opened.defer(() => file.done);
  const pruneCatalog = async (now: number) => {
    const { auditLogDays, halfHoursDays } = config.retention;
    await auditLog.prune(auditLogDays === null ? null : now - auditLogDays * DAY_MS);
    await tokens.prune(now);
    await accounts.prune(now);
    if (halfHoursDays !== null) await gaps.prune(now - halfHoursDays * DAY_MS);
    await audit.retention.enforce();
  };
  const maintenance = startMaintenance({
    store,
    flushAgents: async () => {
      await agents.flush();
      await hosts.flush();
    },
    sealChains: () => audit.checkpoints.make(),
    pruneCatalog,
    clock,
    log,
    metrics,
    signal,
  });
  opened.defer(() => maintenance.done);
  const certificate = followCertificate(app, config, { log, signal });
  opened.defer(() => certificate.done);
  // On the top of the stack, so that long polls and loops end first.
  opened.defer(() => stopping.abort(new AppError('unavailable', 'the server stops')));
  await warmUpCharts({ targets, queries, wallMs, signal, log });
  await app.listen(listenAddress(config));
  const url = urlOf(app, config);
  log.info({ url }, 'the server listens');

  const openLocally = async () => {
    const { host } = listenAddress(config);
    if (tls === null && (isLoopback(host) || ANY_HOST.has(host) || host === 'localhost')) return url;
    localDoor = await openLocalDoor(app);
    return localDoor.url;
  };
  let localUrl: Promise<string> | null = null;
  let closed: Promise<void> | null = null;
  return {
    url,
    app,
    metrics,
    setupCode: (await firstAccount.isNeeded()) ? firstAccount.setupCode : null,
    knowsAgent: (agentId) => agents.isEnrolled(agentId),
    async inviteAgent({ code, name }) {
      if (vantages.get(code) === null) await vantages.insert({ code, name, color: null }, 'page', wallMs());
      return (await agents.createToken(code, LOCAL_TOKEN_MINUTES)).token;
    },
    async addFirstTarget(vantage) {
      if (targets.list().length > 0) return;
      const check = checkSchema.parse({ kind: 'http', url: new URL('/healthz', url).href, tlsVerify: false });
      const target = {
        name: 'Watchpost itself',
        check,
        vantages: [vantage],
        intervalS: 10,
        paused: false,
        group: '',
        labels: {},
        alarmMs: null,
      };
      await service.create(target);
    },
    openLocally: () => (localUrl ??= openLocally()),
    async reload() {
      certificate.look();
      return await file.reload();
    },
    close: () => (closed ??= opened.disposeAsync()),
  };
}

/** The address a person can open: the real port, and loopback for "all networks". */
function urlOf(app: FastifyInstance, config: ServerConfig): string {
  const address = app.server.address();
  const { host } = listenAddress(config);
  const port = typeof address === 'object' && address !== null ? address.port : listenAddress(config).port;
  const name = ANY_HOST.has(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `${config.tlsCertFile === null ? 'http' : 'https'}://${name}:${port}`;
}
