import { z } from 'zod';
import { agentStatusSchema } from '../agents/agent-wire.ts';
import { resultSchema } from '../results/result.ts';
import { checkSchema } from '../targets/check.ts';
import { vantageCodeSchema } from '../targets/target.ts';

/** online: spoke within 30 s. late: within 5 min. offline: longer ago. never: enrolled, has not spoken. revoked: may not speak. */
export const agentStateSchema = z.enum(['online', 'late', 'offline', 'never', 'revoked']);

/** `GET /api/v1/agents` */
export const agentSchema = z.object({
  id: z.string(),
  kind: z.enum(['probe', 'recorder']),
  name: z.string(),
  vantage: z.string(),
  state: agentStateSchema,
  enrolledAt: z.int(),
  lastContactAt: z.int().nullable(),
  address: z.string().nullable(),
  status: agentStatusSchema.nullable(),
  /** Records known to be lost before they reached the server. */
  gapRecords: z.int(),
});
export type Agent = z.infer<typeof agentSchema>;

/** `POST /api/v1/agents/enrolment-tokens` */
export const enrolmentTokenInputSchema = z.strictObject({
  vantage: vantageCodeSchema,
  validMinutes: z.int().min(1).max(10_080).default(60),
});
export const enrolmentTokenSchema = z.object({
  token: z.string(),
  vantage: z.string(),
  expiresAt: z.int(),
  /** The command to run on the machine that joins. */
  command: z.string(),
  /** True: the agent would speak plain http:// over a network, where its key and its results can be read. */
  insecure: z.boolean(),
});
export type EnrolmentToken = z.infer<typeof enrolmentTokenSchema>;

/** `POST /api/v1/tests`: measure something just now, without saving it. */
export const testInputSchema = z.strictObject({ check: checkSchema, vantages: z.array(vantageCodeSchema).min(1).max(64) });
/** `GET /api/v1/tests/:id`: the results so far. `waiting`: vantages with no answer yet. */
export const testSchema = z.object({
  id: z.string(),
  createdAt: z.int(),
  waiting: z.array(z.string()),
  /** Vantages that have no agent in contact. */
  unreachable: z.array(z.string()),
  results: z.array(resultSchema),
});
export type Test = z.infer<typeof testSchema>;
