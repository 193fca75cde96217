import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Clock } from '@watchpost/runtime/clock/clock';
import type { Metrics } from '@watchpost/runtime/metrics/metrics';
import { createPace } from '../agents/pace.ts';
import { decodeBody } from './decode-body.ts';

/** Bytes of batches (as they came) that may be under way at the same time. */
const IN_FLIGHT_BYTES = 32 * 1024 * 1024;
const IN_FLIGHT_BATCHES = 256;
/** Of one agent: it has a few under way, and may try again before the server has given up. */
const IN_FLIGHT_PER_AGENT = 8;
/** Bytes of decoded batches that may wait to be written. */
const DECODED_BYTES = 64 * 1024 * 1024;
/** Batches that are unpacked at the same time: what they grow to is known only afterwards. */
const DECODING = 4;
/** Batches an agent may send: this many a second, and as many at once after a pause. */
const BATCHES_PER_S = 100;
const BATCHES_BURST = 400;

/** Lets batches of agents in: unpacks them, as many and as much at a time as there is room for. */
export type BatchDoor = {
  /**
   * Unpacks a batch, reads it and takes it. Rejects with `too-many-requests`, `unavailable`, `too-large`, `bad-batch`, or
   * what the two functions throw.
   */
  readonly let: <Read, Answer>(
    batch: { readonly agentId: string; readonly body: Buffer; readonly encoding: string | undefined },
    read: (decoded: Buffer) => Read,
    take: (read: Read) => Promise<Answer>,
  ) => Promise<Answer>;
};

export function createBatchDoor({ clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics }): BatchDoor {
  const seconds = metrics.histogram('ingest_batch_seconds', 'Time from the whole batch to its durable write');
  const pace = createPace({ perS: BATCHES_PER_S, burst: BATCHES_BURST, monotonicUs: clock.monotonicUs });
  const decoding = createGate(DECODING);
  const inFlightOf = new Map<string, number>();
  let decodedBytes = 0;
  let inFlightBytes = 0;
  let inFlightBatches = 0;

  const busy = () => {
    metrics.dropped.inc({ reason: 'ingest-busy' });
    return new AppError('unavailable', undefined, { retryAfterS: 1 });
  };

  return {
    async let({ agentId, body, encoding }, read, take) {
      pace.take(agentId);
      const ofAgent = inFlightOf.get(agentId) ?? 0;
      if (ofAgent >= IN_FLIGHT_PER_AGENT) throw new AppError('too-many-requests', undefined, { retryAfterS: 1 });
      if (inFlightBytes + body.length > IN_FLIGHT_BYTES || inFlightBatches >= IN_FLIGHT_BATCHES) throw busy();
      inFlightOf.set(agentId, ofAgent + 1);
      inFlightBytes += body.length;
      inFlightBatches += 1;
      let taken = 0;
      const startUs = clock.monotonicUs();
      try {
        const result = await decoding(async () => {
          const decoded = await decodeBody(body, encoding);
          if (decodedBytes + decoded.length > DECODED_BYTES) throw busy();
          taken = decoded.length;
          decodedBytes += taken;
          return read(decoded);
        });
        return await take(result);
      } finally {
        inFlightBytes -= body.length;
        inFlightBatches -= 1;
        decodedBytes -= taken;
        const left = (inFlightOf.get(agentId) ?? 1) - 1;
        if (left === 0) inFlightOf.delete(agentId);
        else inFlightOf.set(agentId, left);
        seconds.observe((clock.monotonicUs() - startUs) / 1e6);
      }
    },
  };
}

/** Runs at most `limit` pieces of work at the same time, in the order in which they came. */
function createGate(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The turn goes on to the next one that waits.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
