import { z } from 'zod';
import { checkSchema } from './check.ts';

export const targetIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be lower-case letters, digits, - and _, 64 at most');

export const vantageCodeSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'must be lower-case letters, digits, - and _, 32 at most');

/** What a person says of a target. */
export const targetInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  check: checkSchema,
  /** Codes of the vantage points that measure it. */
  vantages: z.array(vantageCodeSchema).min(1).max(64),
  intervalS: z.int().min(5).max(86_400).default(60),
  paused: z.boolean().default(false),
  /** `shop/frontend`: any depth; empty: no group. */
  group: z
    .string()
    .max(200)
    .regex(/^([^/]+(\/[^/]+)*)?$/, 'must be names separated by single slashes')
    .default(''),
  labels: z
    .record(z.string().regex(/^(?!__)[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be a label name'), z.string().max(256))
    .refine((labels) => Object.keys(labels).length <= 64, 'must be 64 labels at most')
    .default({}),
  /** A line in the response-time chart; null: none. */
  alarmMs: z.number().positive().max(3_600_000).nullable().default(null),
});
export type TargetInput = z.infer<typeof targetInputSchema>;
export type TargetDraft = z.input<typeof targetInputSchema>;

export const targetSchema = targetInputSchema.extend({
  id: targetIdSchema,
  /** file: it comes from `watchpost.yaml` and can be changed only there. */
  source: z.enum(['page', 'file']),
  createdAt: z.int(),
  updatedAt: z.int(),
});
export type Target = z.infer<typeof targetSchema>;

export const vantageInputSchema = z.strictObject({
  code: vantageCodeSchema,
  name: z.string().trim().min(1).max(100),
  /** Colour in charts as `#rrggbb`; null: chosen from the palette. */
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'must be a colour as #1f77b4')
    .nullable()
    .default(null),
});
export type VantageInput = z.infer<typeof vantageInputSchema>;
export const vantageSchema = vantageInputSchema.extend({ source: z.enum(['page', 'file']), createdAt: z.int() });
export type Vantage = z.infer<typeof vantageSchema>;
