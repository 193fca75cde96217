import { z } from 'zod';
import { resultSchema } from '../results/result.ts';
import { checkSchema } from '../targets/check.ts';
import { targetIdSchema, vantageCodeSchema } from '../targets/target.ts';

/** `POST /api/v1/agents/enrol`: a one-time token becomes an identity and a key. */
export const enrolRequestSchema = z.strictObject({
  token: z.string().min(1).max(256),
  kind: z.enum(['probe', 'recorder']),
  /** Vantage point the agent measures from; null for a recorder. */
  vantage: vantageCodeSchema.nullable(),
  name: z.string().min(1).max(200),
  version: z.string().max(64),
  protocol: z.int(),
});
export type EnrolRequest = z.infer<typeof enrolRequestSchema>;
export const enrolResponseSchema = z.object({
  agentId: z.string(),
  key: z.string(),
  /** Empty for a recorder. */
  vantage: z.string(),
  /** For a recorder: key of the tokens of masked secrets, base64, the same for all hosts. */
  redactionKey: z.string().optional(),
});
export type EnrolResponse = z.infer<typeof enrolResponseSchema>;

/** A target as an agent needs it. */
export const scheduledCheckSchema = z.object({ targetId: targetIdSchema, intervalS: z.int().min(5), check: checkSchema });
export type ScheduledCheck = z.infer<typeof scheduledCheckSchema>;

/** A measurement that somebody asked for just now. */
export const testOrderSchema = z.object({ testId: z.string(), check: checkSchema });
export type TestOrder = z.infer<typeof testOrderSchema>;

/** `GET /api/v1/agents/self/config?wait=S` with `If-None-Match`: 200 with this, or 304 when nothing changed in time. */
export const agentConfigSchema = z.object({
  agentId: z.string(),
  vantage: z.string(),
  checks: z.array(scheduledCheckSchema),
  tests: z.array(testOrderSchema),
  /** Time of the server when it answered, Unix ms: the agent derives its clock offset from it. */
  serverTime: z.int(),
});
export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** `POST /api/v1/agents/self/results`: the answer to a batch. */
export const batchAnswerSchema = z.object({
  /** Highest sequence of the batch: all of it is settled, stored or refused. */
  acknowledged: z.int(),
  refused: z.array(z.object({ sequence: z.int().nullable(), field: z.string(), value: z.string(), rule: z.string() })).max(100),
  refusedCount: z.int(),
});
export type BatchAnswer = z.infer<typeof batchAnswerSchema>;

/** `POST /api/v1/agents/self/tests/:testId`: what the ordered test measured, a result for each series. */
export const testReportSchema = z.strictObject({ results: z.array(resultSchema).min(1).max(2) });
export type TestReport = z.infer<typeof testReportSchema>;

/** `POST /api/v1/agents/self/status`, every 10 s: how the agent is. */
export const agentStatusSchema = z.strictObject({
  version: z.string().max(64),
  startedAt: z.int(),
  spoolRecords: z.int().min(0),
  spoolBytes: z.int().min(0),
  spoolLimitBytes: z.int().min(0),
  oldestUnsentAt: z.int().nullable(),
  /** Records that could not be kept, by reason, since the start of the agent. */
  dropped: z
    .record(z.string().max(64), z.int().min(0))
    .refine((counts) => Object.keys(counts).length <= 100, 'must be 100 reasons at most'),
  /** Time of the agent minus time of the server, ms; null: not known yet. */
  clockOffsetMs: z.number().nullable(),
  checks: z.int().min(0),
  inFlight: z.int().min(0),
  measuredTotal: z.int().min(0),
  overloadedTotal: z.int().min(0),
  skippedTotal: z.int().min(0),
  cpuRatio: z.number().min(0),
  rssBytes: z.int().min(0),
  /** 99th percentile of `uncertaintyUs` over the last minute; null: nothing measured. */
  uncertaintyP99Us: z.number().nullable(),
});
export type AgentStatus = z.infer<typeof agentStatusSchema>;

/** A stretch of sequences that the agent had to drop: the server shows it as a gap. `POST /api/v1/agents/self/gaps`. */
export const gapReportSchema = z
  .strictObject({
    epoch: z.int().min(0),
    first: z.int().min(1),
    last: z.int().min(1),
    fromAt: z.int(),
    toAt: z.int(),
    reason: z.string().max(64),
  })
  .refine((gap) => gap.last >= gap.first, { path: ['last'], message: 'must not be before first' });
export type GapReport = z.infer<typeof gapReportSchema>;
