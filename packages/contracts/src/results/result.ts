import { z } from 'zod';
import { type ErrorCode, errorCodes } from './error-codes.ts';
import { faultSchema, outcomeSchema, seriesSchema } from './outcome.ts';
import { phasesSchema } from './phases.ts';

const us = z.int().min(0).max(3_600_000_000);
const unixMs = z.int().min(0).max(253_402_300_799_999);
const count = z.int().min(0);
const text = (max: number) => z.string().max(max);

/** One HTTP exchange of a measurement. All but the last one were answered by a redirect. */
export const hopSchema = z.strictObject({
  url: text(4096),
  status: z.int().min(100).max(999).nullable(),
  remoteIp: text(64).nullable(),
  httpVersion: text(8).nullable(),
  tlsVersion: text(16).nullable(),
  phases: phasesSchema,
});
export type Hop = z.infer<typeof hopSchema>;

/** What a measurement can be of. Each kind is a prober of the probe agent. */
export const checkKindSchema = z.enum(['http', 'tcp', 'tls', 'dns', 'icmp']);
export type CheckKind = z.infer<typeof checkKindSchema>;

const errorCodeSchema = z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]);

/**
 * One measurement of one target from one vantage point.
 *
 * Points in time (`…At`) are Unix times in milliseconds. Durations (`…Us`) are microseconds. `nameLookupUs`,
 * `connectUs`, `appConnectUs`, `preTransferUs`, `startTransferUs`, `totalUs` and `redirectUs` are libcurl's
 * `CURLINFO_*_TIME_T`: cumulative from the start of the request, the time of each request added when a redirect is
 * followed (https://curl.se/libcurl/c/curl_easy_getinfo.html). A point that was not reached is null, never 0.
 */
export const resultSchema = z.strictObject({
  targetId: text(64).min(1),
  /** Network code of the vantage point, as `ct`. */
  vantage: text(32).min(1),
  agentId: text(64),
  kind: checkKindSchema,
  series: seriesSchema,
  /** Start of the round this measurement belongs to: the same for all vantage points. */
  roundAt: unixMs,
  startedAt: unixMs,
  outcome: outcomeSchema,
  fault: faultSchema.nullable(),
  errorCode: errorCodeSchema.nullable(),
  errorText: text(2048).nullable(),
  httpStatus: z.int().min(100).max(999).nullable(),
  nameLookupUs: us.nullable(),
  connectUs: us.nullable(),
  appConnectUs: us.nullable(),
  preTransferUs: us.nullable(),
  startTransferUs: us.nullable(),
  totalUs: us,
  redirectUs: us,
  /** One element at least; the phases of all hops sum to `totalUs`. */
  hops: z.array(hopSchema).max(21),
  redirectCount: count.max(1000),
  /** Bytes of the body as they came over the wire. */
  sizeDownload: count,
  /** Bytes of the body after gzip, br or zstd was undone. */
  sizeDecoded: count,
  /** The body was longer than the limit and was not read to its end. */
  bodyTruncated: z.boolean(),
  headerSize: count,
  requestSize: count,
  contentLength: count.nullable(),
  /** Bytes per second over the total time, as libcurl. */
  speedDownload: z.number().min(0),
  /** Bytes per second over the receive phase alone; null when there was no body, or all of it came with the first byte. */
  speedTransfer: z.number().min(0).nullable(),
  remoteIp: text(64).nullable(),
  ipFamily: z.union([z.literal(4), z.literal(6)]).nullable(),
  /** Address and port of the resolver that answered; null when none was asked. */
  resolver: text(128).nullable(),
  httpVersion: text(8).nullable(),
  tlsVersion: text(16).nullable(),
  certExpiresAt: z.int().nullable(),
  /** The time the server gives for the document (`Last-Modified`). */
  fileTime: z.int().nullable(),
  /** DNS answers, packet loss and the like: short facts of the other kinds, by name. */
  details: z.record(text(64), z.union([text(512), z.number(), z.boolean(), z.null()])).nullable(),
  /** Bound on the timing error that the load of the probe itself may have caused; null: not verified. */
  uncertaintyUs: us.nullable(),
  /** This result is the second measurement of a round whose first one found the probe overloaded. */
  remeasured: z.boolean(),
});
export type Result = z.infer<typeof resultSchema>;

/** A result as it lies in a batch: with the number it got when it was born. */
export const resultRecordSchema = resultSchema.extend({ sequence: z.int().min(1) });
export type ResultRecord = z.infer<typeof resultRecordSchema>;

/** Identity of a stored result: who measured it and its number there. */
export type ResultId = { readonly agentId: string; readonly epoch: number; readonly sequence: number };

/** `agentId:epoch:sequence`, the form of a {@link ResultId} in addresses. */
export function formatResultId(id: ResultId): string {
  return `${id.agentId}:${id.epoch}:${id.sequence}`;
}

/** Reads the form that {@link formatResultId} writes; null when the text is something else. */
export function parseResultId(value: string): ResultId | null {
  const match = /^([A-Za-z0-9_-]{1,64}):(\d{1,16}):(\d{1,16})$/.exec(value);
  const [, agentId, epoch, sequence] = match ?? [];
  if (agentId === undefined || epoch === undefined || sequence === undefined) return null;
  return { agentId, epoch: Number(epoch), sequence: Number(sequence) };
}
