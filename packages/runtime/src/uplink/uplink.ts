import { AppError } from '@watchpost/contracts/errors/app-error';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { delay } from '../clock/delay.ts';
import { createServerConnection } from '../http-client/server-connection.ts';
import type { Batch } from '../spool/spool-types.ts';
import { createCourier } from './courier.ts';
import { createLinkHealth } from './link-health.ts';
import type { Uplink, UplinkLimits, UplinkOptions, UplinkState } from './uplink-types.ts';

export type { Uplink, UplinkLimits, UplinkOptions, UplinkState } from './uplink-types.ts';

export const UPLINK_DEFAULTS: UplinkLimits = {
  coalesceMs: 150,
  liveRecords: 500,
  liveBatches: 1,
  backlogRecords: WIRE_LIMITS.batchRecords,
  batchBytes: 1024 * 1024,
  backlogShare: 0.5,
  requestTimeoutMs: 30_000,
  answerBytes: 1024 * 1024,
  backoffFirstMs: 500,
  backoffMostMs: 30_000,
  retryAfterMostMs: 300_000,
  rejectedMs: 60_000,
  suspectAfter: 10,
};

/** How often the lanes look by themselves, should a notice have been missed. */
const LOOK_MS = 5_000;

/**
 * Ships what a spool holds to the server, and lets the spool forget what the server acknowledged.
 *
 * Two lanes share one pool of connections. The live lane sends what was appended last, as soon as it is there. The
 * backlog lane fills in what is older, oldest first, one batch at a time, with rests in between, and gives way to the
 * live lane. So after an outage the newest state is there first and the past follows behind it.
 */
export function startUplink(options: UplinkOptions): Uplink {
  const { spool, log, clock, metrics } = options;
  const limits: UplinkLimits = { ...UPLINK_DEFAULTS, ...options.limits };
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  const connection = createServerConnection({
    serverUrl: options.serverUrl,
    key: options.key,
    // One more for the backlog.
    maxSockets: limits.liveBatches + 1,
    ...(options.allowInsecure === undefined ? {} : { allowInsecure: options.allowInsecure }),
    ...(options.caPem === undefined ? {} : { caPem: options.caPem }),
  });
  const health = createLinkHealth({ clock, firstMs: limits.backoffFirstMs, mostMs: limits.backoffMostMs });
  const courier = createCourier({
    spool,
    connection,
    health,
    limits,
    path: options.path,
    log,
    metrics,
    signal,
    onSend: options.onSend,
  });

  /** Everything up to here was given to the live lane once; what is left of it is backlog. */
  let liveEdge = 0;
  /** Live batches, the oldest first. */
  const underWay = new Map<Batch, Promise<void>>();
  /** The live lane is about to take a batch. */
  let isLiveNext = false;
  const waiting = new Set<() => void>();
  const notify = (): void => {
    for (const go of waiting) go();
  };
  const unsubscribe = spool.onAppend(notify);
  signal.addEventListener('abort', notify, { once: true });

  /** Waits for news; at most a while. It is called many times a second: signals and their errors would cost more than the work. */
  const news = (): Promise<void> =>
    new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, signal.aborted ? 0 : LOOK_MS);
      waiting.add(go);
    });

  const read = async (take: () => Promise<Batch | null>): Promise<Batch | 'nothing' | 'failed'> => {
    try {
      return (await take()) ?? 'nothing';
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      log.error({ err: error }, 'the spool cannot be read');
      health.failed(error.message, null);
      return 'failed';
    }
  };

  /** A batch that is given back belongs to the backlog: its records lie before the edge. */
  const shipLive = async (batch: Batch): Promise<void> => {
    // Not again when so much came after it that what is new would wait behind what is old, nor two of them to a server that is away.
    const isWorthwhile = (): boolean => {
      const [oldest] = underWay.keys();
      return spool.stats().newest - batch.last < limits.liveRecords && (health.failures() === 0 || batch === oldest);
    };
    try {
      await courier.ship(batch, isWorthwhile);
    } finally {
      underWay.delete(batch);
      notify();
    }
  };

  const liveLane = async (): Promise<void> => {
    while (!signal.aborted) {
      if (spool.stats().newest <= liveEdge) {
        await news();
        continue;
      }
      if (spool.stats().newest - liveEdge < limits.liveRecords) await delay(limits.coalesceMs, signal);
      isLiveNext = true;
      while (underWay.size >= (health.failures() === 0 ? limits.liveBatches : 1)) await Promise.race(underWay.values());
      if (!(await health.ready(signal))) break;
      const { newest } = spool.stats();
      const wanted = { maxRecords: limits.liveRecords, maxBytes: courier.batchBytes(), after: liveEdge };
      const batch = await read(() => spool.readNewest(wanted));
      if (batch === 'nothing') {
        liveEdge = newest;
      } else if (batch !== 'failed') {
        liveEdge = batch.last;
        underWay.set(batch, shipLive(batch));
      }
      isLiveNext = false;
      notify();
    }
    await Promise.all(underWay.values());
  };

  const backlogLane = async (): Promise<void> => {
    const mayGo = (): boolean => liveEdge > 0 && !isLiveNext && underWay.size < limits.liveBatches;
    while (!signal.aborted) {
      const isReady = mayGo() && (await health.ready(signal)) && mayGo();
      const wanted = { maxRecords: limits.backlogRecords, maxBytes: courier.batchBytes(), upTo: liveEdge };
      const batch = isReady ? await read(() => spool.readOldest(wanted)) : 'nothing';
      if (batch === 'failed') continue;
      if (batch === 'nothing') {
        await news();
        continue;
      }
      const startedUs = clock.monotonicUs();
      await courier.ship(batch, () => health.failures() === 0);
      const tookMs = (clock.monotonicUs() - startedUs) / 1_000;
      await delay(Math.min(tookMs * (1 / limits.backlogShare - 1), LOOK_MS), signal);
    }
  };

  const fatal = (error: unknown): void => log.error({ err: error }, 'the uplink has failed and stands still');
  const lanes = Promise.all([liveLane(), backlogLane()]).catch(fatal);

  const state = (): UplinkState => ({
    link: signal.aborted ? 'closed' : courier.link(),
    acknowledged: courier.acknowledged(),
    refused: courier.refused(),
    lastError: health.lastError(),
    failures: health.failures(),
  });

  return {
    state,
    wake: () => {
      health.wake();
      notify();
    },
    close: async () => {
      closing.abort();
      await lanes;
      unsubscribe();
      connection.close();
    },
  };
}
