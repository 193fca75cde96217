import {
  agentConfigSchema,
  agentStatusSchema,
  batchAnswerSchema,
  enrolRequestSchema,
  enrolResponseSchema,
  gapReportSchema,
  scheduledCheckSchema,
  testOrderSchema,
  testReportSchema,
} from '@watchpost/contracts/agents/agent-wire';
import { errorBodySchema } from '@watchpost/contracts/api/error-body';
import {
  agentSchema,
  enrolmentTokenInputSchema,
  enrolmentTokenSchema,
  testInputSchema,
  testSchema,
} from '@watchpost/contracts/api/fleet';
import {
  apiKeyInputSchema,
  apiKeySchema,
  auditEntrySchema,
  loginRequestSchema,
  newApiKeySchema,
  sessionSchema,
  setupRequestSchema,
  userInputSchema,
  userPatchSchema,
  userSchema,
} from '@watchpost/contracts/api/identity';
import {
  lineSeriesSchema,
  overviewLineSchema,
  overviewSchema,
  resultsPageSchema,
  seriesResponseSchema,
  storedResultSchema,
} from '@watchpost/contracts/api/quality';
import { resultSchema } from '@watchpost/contracts/results/result';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { ruleSchema } from '@watchpost/contracts/targets/rule';
import { targetInputSchema, targetSchema, vantageInputSchema, vantageSchema } from '@watchpost/contracts/targets/target';
import { z } from 'zod';

/**
 * Names of the schemas in the description of the API: each stands there once and is referred to. The form in which a
 * client sends one, where what has a default may be left out, gets `Input` at the end of its name.
 */
const NAMES: Readonly<Record<string, z.ZodType>> = {
  Agent: agentSchema,
  AgentConfig: agentConfigSchema,
  AgentStatus: agentStatusSchema,
  ApiKey: apiKeySchema,
  AuditEntry: auditEntrySchema,
  BatchAnswer: batchAnswerSchema,
  Check: checkSchema,
  Enrolment: enrolResponseSchema,
  EnrolmentToken: enrolmentTokenSchema,
  Error: errorBodySchema,
  GapReport: gapReportSchema,
  LineSeries: lineSeriesSchema,
  Login: loginRequestSchema,
  NewApiKey: apiKeyInputSchema,
  NewEnrolment: enrolRequestSchema,
  NewEnrolmentToken: enrolmentTokenInputSchema,
  NewTarget: targetInputSchema,
  NewTest: testInputSchema,
  NewUser: userInputSchema,
  NewVantage: vantageInputSchema,
  Overview: overviewSchema,
  OverviewLine: overviewLineSchema,
  Result: resultSchema,
  ResultsPage: resultsPageSchema,
  Rule: ruleSchema,
  ScheduledCheck: scheduledCheckSchema,
  SeriesAnswer: seriesResponseSchema,
  Session: sessionSchema,
  Setup: setupRequestSchema,
  ShownApiKey: newApiKeySchema,
  StoredResult: storedResultSchema,
  Target: targetSchema,
  Test: testSchema,
  TestOrder: testOrderSchema,
  TestReport: testReportSchema,
  User: userSchema,
  UserChange: userPatchSchema,
  Vantage: vantageSchema,
};

/** A registry with those names, of its own so that importing it changes nothing elsewhere. */
export function apiSchemas(): z.core.$ZodRegistry<{ id?: string | undefined }> {
  const registry = z.registry<{ id?: string | undefined }>();
  for (const [id, schema] of Object.entries(NAMES)) registry.add(schema, { id });
  return registry;
}
