import { join } from 'node:path';
import type { AgentConfig, AgentStatus } from '@watchpost/contracts/agents/agent-wire';
import { type Clock, systemClock } from '@watchpost/runtime/clock/clock';
import type { Identity } from '@watchpost/runtime/enrolment/enrolment';
import { createAgentClient } from '@watchpost/runtime/http-client/agent-client';
import type { Log } from '@watchpost/runtime/log/log';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import { openSpool } from '@watchpost/runtime/spool/spool';
import { startUplink } from '@watchpost/runtime/uplink/uplink';
import type { ResultText } from '../worker/messages.ts';
import { startProberThread } from '../worker/prober-thread.ts';
import { exposeAgentMetrics } from './agent-metrics.ts';
import { followConfig } from './config-poll.ts';
import { startMetricsServer } from './metrics-server.ts';
import { createOrderedTests } from './ordered-tests.ts';
import { loadConfig, saveConfig } from './saved-config.ts';
import { reportStatus } from './status-reports.ts';

export type ProbeAgentSettings = {
  readonly dataDir: string;
  readonly spoolMaxBytes?: number;
  readonly spoolMaxAgeMs?: number;
  readonly maxInFlight?: number;
  /** Uncertainty above which a result is marked as overloaded, µs. */
  readonly overloadUs?: number;
  /** Loopback `host:port` of /metrics and /healthz; null: not served. */
  readonly metricsListen?: string | null;
  readonly allowInsecure?: boolean;
  /** PEM of further authorities to trust for the server. */
  readonly caPem?: string;
};

export type ProbeAgent = {
  readonly status: () => AgentStatus;
  /** Where /metrics and /healthz are; null: not served. */
  readonly metricsUrl: string | null;
  /** Stops measuring, writes what was measured to the spool, and ends. What was not sent stays in the spool. */
  readonly close: () => Promise<void>;
};

const RESULTS_PATH = '/api/v1/agents/self/results';
const DEFAULT_MAX_IN_FLIGHT = 256;
const YOUNG_GENERATION_MB = 6;

/**
 * Runs a probe: measures what the server says in a thread of its own, writes each result to the spool (durable) and
 * sends it from there. With the server away it goes on, also after a restart.
 * Rejects with AppError when the spool or the metrics address cannot be used.
 */
export async function startProbeAgent(options: {
  readonly identity: Identity;
  readonly settings: ProbeAgentSettings;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}): Promise<ProbeAgent> {
  const { identity, settings, log, metrics } = options;
  const clock = options.clock ?? systemClock;
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const startedAt = clock.wallMs();
  const connection = {
    serverUrl: identity.serverUrl,
    key: identity.key,
    ...(settings.allowInsecure === undefined ? {} : { allowInsecure: settings.allowInsecure }),
    ...(settings.caPem === undefined ? {} : { caPem: settings.caPem }),
  };

  const client = createAgentClient({ ...connection, clock });
  const spool = await openSpool({
    dir: join(settings.dataDir, 'spool'),
    ...(settings.spoolMaxBytes === undefined ? {} : { maxBytes: settings.spoolMaxBytes }),
    ...(settings.spoolMaxAgeMs === undefined ? {} : { maxAgeMs: settings.spoolMaxAgeMs }),
    clock,
    log,
    metrics,
  });
  let unwritten = 0;
  let isWriteFailing = false;
  const write = async (results: readonly ResultText[]): Promise<void> => {
    try {
      await spool.append(results);
      if (isWriteFailing) log.info('results can be written to the spool again');
      isWriteFailing = false;
    } catch (error) {
      unwritten += results.length;
      metrics.dropped.inc({ reason: 'spool-failed' }, results.length);
      if (!isWriteFailing) log.error({ err: error }, 'results cannot be written to the spool, they are lost');
      isWriteFailing = true;
    }
  };

  const maxInFlight = settings.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  const thread = startProberThread({
    settings: {
      agentId: identity.agentId,
      vantage: identity.vantage,
      maxInFlight,
      maxWaiting: maxInFlight,
      overloadUs: settings.overloadUs ?? null,
      youngGenerationMb: YOUNG_GENERATION_MB,
    },
    onResults: write,
    log,
  });
  const uplink = startUplink({ spool, ...connection, path: RESULTS_PATH, signal, log, metrics, clock });

  let checks = 0;
  let clockOffsetMs: number | null = null;
  let cpuRatio = 0;
  let cpu = { usage: process.cpuUsage(), atUs: clock.monotonicUs() };
  const cpuTimer = setInterval(() => {
    const used = process.cpuUsage(cpu.usage);
    const atUs = clock.monotonicUs();
    cpuRatio = (used.user + used.system) / Math.max(1, atUs - cpu.atUs);
    cpu = { usage: process.cpuUsage(), atUs };
  }, 5_000);

  const status = (): AgentStatus => {
    const spooled = spool.stats();
    const { inFlight, measured, overloaded, skipped, uncertaintyP99Us } = thread.stats();
    return {
      version: options.version,
      startedAt,
      spoolRecords: spooled.records,
      spoolBytes: spooled.bytes,
      spoolLimitBytes: spooled.limitBytes,
      oldestUnsentAt: spooled.oldestAt === null ? null : Math.round(spooled.oldestAt),
      dropped: { ...spooled.dropped, ...(unwritten > 0 ? { 'spool-failed': unwritten } : {}) },
      clockOffsetMs,
      checks,
      inFlight,
      measuredTotal: measured,
      overloadedTotal: overloaded,
      skippedTotal: skipped.late + skipped.overlap + skipped.full + skipped.backlog,
      cpuRatio,
      rssBytes: process.memoryUsage.rss(),
      uncertaintyP99Us,
    };
  };
  exposeAgentMetrics({ metrics, status, thread, uplink });

  const tests = createOrderedTests({ thread, client, signal, log });
  let applied = '';
  const apply = (config: AgentConfig): void => {
    const text = JSON.stringify(config.checks);
    if (text !== applied) {
      applied = text;
      checks = config.checks.length;
      thread.setChecks(config.checks);
      log.info({ checks }, 'settings applied');
      saveConfig(settings.dataDir, config).catch((error: unknown) => log.warn({ err: error }, 'settings could not be kept'));
    }
    tests.take(config.tests);
  };
  const kept = await loadConfig(settings.dataDir, log);
  if (kept !== null && kept.agentId === identity.agentId) apply(kept);

  const loops = Promise.all([
    followConfig({ client, onConfig: apply, onClockOffset: (offsetMs) => (clockOffsetMs = offsetMs), signal, log }),
    reportStatus({ client, spool, status, signal, log }),
  ]);
  const metricsServer =
    settings.metricsListen === undefined || settings.metricsListen === null
      ? null
      : await startMetricsServer({ listen: settings.metricsListen, metrics, isHealthy: () => !isWriteFailing });

  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    clearInterval(cpuTimer);
    await thread.close();
    ending.abort();
    await Promise.all([loops, uplink.close(), metricsServer?.close()]);
    client.close();
    await spool.close();
    log.info('the probe has stopped');
  };
  return { status, metricsUrl: metricsServer?.url ?? null, close: () => (closed ??= close()) };
}
