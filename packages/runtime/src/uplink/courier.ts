import type { BatchAnswer } from '@watchpost/contracts/agents/agent-wire';
import type { ServerConnection } from '../http-client/server-connection.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Batch, Spool } from '../spool/spool-types.ts';
import { type Delivery, deliver, halve, type Parcel } from './exchange.ts';
import type { LinkHealth } from './link-health.ts';
import type { UplinkLimits, UplinkState } from './uplink-types.ts';

/** Smallest batch that the server's limit of size can bring a courier down to, bytes. */
const LEAST_BATCH_BYTES = 64 * 1024;
/** Refused records that are logged one by one of each batch. */
const LOGGED_REFUSALS = 5;

export type Courier = {
  /**
   * Ships a batch, trying again as long as `isWorthwhile`, until each of its records is acknowledged or given up (true),
   * or the batch is given back to the spool (false).
   */
  readonly ship: (batch: Batch, isWorthwhile: () => boolean) => Promise<boolean>;
  /** Most bytes of a batch just now: less after the server found one too large. */
  readonly batchBytes: () => number;
  readonly link: () => UplinkState['link'];
  readonly acknowledged: () => number;
  readonly refused: () => number;
};

/** Carries batches to the server and settles them in the spool. */
export function createCourier(options: {
  readonly spool: Spool;
  readonly connection: ServerConnection;
  readonly health: LinkHealth;
  readonly limits: UplinkLimits;
  readonly path: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly onSend?: ((sequences: readonly number[]) => void) | undefined;
}): Courier {
  const { spool, connection, health, limits, log, metrics, signal } = options;
  const deliveries = metrics.counter('uplink_deliveries_total', 'Batches sent to the server, by what became of them', ['result']);
  const acknowledgedTotal = metrics.counter('uplink_acknowledged_total', 'Records the server acknowledged');
  let link: UplinkState['link'] = 'idle';
  let acknowledged = 0;
  let refused = 0;
  let batchBytes = limits.batchBytes;
  /** Records given up one after another, without one accepted in between. */
  let givenUp = 0;

  const settle = async (parcel: Parcel, answer: BatchAnswer): Promise<Parcel | null> => {
    const settled = parcel.sequences.filter((sequence) => sequence <= answer.acknowledged).length;
    acknowledged += settled;
    acknowledgedTotal.inc(settled);
    givenUp = 0;
    if (batchBytes < limits.batchBytes) batchBytes = Math.min(limits.batchBytes, Math.ceil(batchBytes * 1.05));
    if (answer.refusedCount > 0) {
      refused += answer.refusedCount;
      metrics.dropped.inc({ reason: 'refused' }, answer.refusedCount);
      log.warn({ count: answer.refusedCount, records: answer.refused.slice(0, LOGGED_REFUSALS) }, 'the server refused records');
    }
    await spool.acknowledge(parcel.first, answer.acknowledged);
    if (answer.acknowledged === parcel.last) return null;
    return {
      epoch: parcel.epoch,
      first: answer.acknowledged + 1,
      last: parcel.last,
      lines: parcel.lines.slice(settled),
      sequences: parcel.sequences.slice(settled),
      count: parcel.count - settled,
    };
  };

  const noteChange = (next: UplinkState['link'], why: string): void => {
    if (next === link) return;
    link = next;
    if (next === 'rejected') log.error({ why }, 'the server does not accept this agent: records stay in the spool');
    if (next === 'waiting') log.warn({ why }, 'the server does not take records now: they stay in the spool');
    if (next === 'sending') log.info('records are being delivered');
  };

  /** Gives a single record up; false: so many were given up that rather the server is to blame. */
  const giveUp = async (parcel: Parcel, why: string): Promise<boolean> => {
    if (givenUp >= limits.suspectAfter) return false;
    givenUp += 1;
    log.warn({ sequence: parcel.sequences[0], why }, 'a record that the server cannot read is given up');
    await spool.drop(parcel.first, parcel.last, 'unreadable');
    return true;
  };

  /** Acts on a delivery. Gives what is still to be sent, first things first. */
  const follow = async (delivery: Delivery, parcel: Parcel): Promise<readonly Parcel[]> => {
    deliveries.inc({ result: delivery.kind });
    switch (delivery.kind) {
      case 'acknowledged': {
        health.succeeded();
        noteChange('sending', '');
        const rest = await settle(parcel, delivery.answer);
        return rest === null || rest.count === 0 ? [] : [rest];
      }
      case 'later': {
        const { pauseMs } = delivery;
        health.failed(
          delivery.why,
          pauseMs === null ? null : Math.min(Math.max(pauseMs, limits.backoffFirstMs), limits.retryAfterMostMs),
        );
        if (!signal.aborted) noteChange('waiting', delivery.why);
        return [parcel];
      }
      case 'rejected': {
        health.failed(delivery.why, limits.rejectedMs);
        noteChange('rejected', delivery.why);
        return [parcel];
      }
      case 'bad-batch': {
        const halves = halve(parcel);
        if (halves !== null) {
          batchBytes = Math.max(LEAST_BATCH_BYTES, Math.trunc(batchBytes / 2));
          return halves;
        }
        if (delivery.isStated && (await giveUp(parcel, delivery.why))) return [];
        health.failed(delivery.why, limits.backoffMostMs);
        noteChange('waiting', delivery.why);
        return [parcel];
      }
    }
  };

  const ship = async (batch: Batch, isWorthwhile: () => boolean): Promise<boolean> => {
    let parcels: readonly Parcel[] = [batch];
    for (let isFirst = true; parcels.length > 0; isFirst = false) {
      const [parcel, ...rest] = parcels;
      if (parcel === undefined) break;
      const mayTry = (isFirst || isWorthwhile()) && (await health.ready(signal)) && (isFirst || isWorthwhile());
      if (!mayTry) {
        spool.release(batch);
        return false;
      }
      options.onSend?.(parcel.sequences);
      const delivery = await deliver(connection, parcel, {
        path: options.path,
        timeoutMs: limits.requestTimeoutMs,
        maxAnswerBytes: limits.answerBytes,
        signal,
      });
      parcels = [...(await follow(delivery, parcel)), ...rest];
    }
    return true;
  };

  return {
    ship,
    batchBytes: () => batchBytes,
    link: () => link,
    acknowledged: () => acknowledged,
    refused: () => refused,
  };
}
