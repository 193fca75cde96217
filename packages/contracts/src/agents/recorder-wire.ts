import { z } from 'zod';

/** Records at each step of the way from the shells to the server, since the recorder's data folder was made. */
export const lossBudgetSchema = z.strictObject({
  /** Numbered by the hooks. */
  written: z.int().min(0),
  /** Durable in the recorder's spool. */
  spooled: z.int().min(0),
  /** Handed to the network at least once. */
  sent: z.int().min(0),
  acknowledged: z.int().min(0),
  /** Numbered by a hook, but never found. Each has a gap record. */
  missing: z.int().min(0),
  /** Bytes in spool files that were no records. Each stretch has a record of its own. */
  refused: z.int().min(0),
  /** Spooled, but given up before the server had them: the spool was full, too old, or damaged. Each has a gap record. */
  dropped: z.int().min(0).optional(),
});
export type LossBudget = z.infer<typeof lossBudgetSchema>;

/** `POST /api/v1/agents/self/recorder-status`, every 10 s: how the recorder is. */
export const recorderStatusSchema = z.strictObject({
  version: z.string().max(64),
  startedAt: z.int(),
  budget: lossBudgetSchema,
  spoolBytes: z.int().min(0),
  spoolLimitBytes: z.int().min(0),
  shells: z.strictObject({ hooked: z.int().min(0), silent: z.int().min(0), unhooked: z.int().min(0) }),
  /** Users with a shell now. */
  users: z.array(z.strictObject({ user: z.string().max(256), hooked: z.int().min(0), unhooked: z.int().min(0) })).max(200),
  cpuRatio: z.number().min(0),
  rssBytes: z.int().min(0),
  clockOffsetMs: z.number().nullable(),
});
export type RecorderStatus = z.infer<typeof recorderStatusSchema>;
/** The answer: time of the server when it answered, Unix ms. */
export const recorderStatusAnswerSchema = z.object({ serverTime: z.int() });
