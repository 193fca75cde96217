import { z } from 'zod';

/** administrator: all. operator: targets, vantages, agents. viewer: looks. */
export const roleSchema = z.enum(['administrator', 'operator', 'viewer']);
export type Role = z.infer<typeof roleSchema>;

const email = z.email().max(254);
const password = z.string().min(10, 'must have 10 characters at least').max(128);

export const userSchema = z.object({ id: z.string(), email: z.string(), name: z.string(), role: roleSchema, createdAt: z.int() });
export type User = z.infer<typeof userSchema>;

/** `GET /api/v1/session`: who is signed in (null: nobody) and whether the first account is still to be made. */
export const sessionSchema = z.object({ user: userSchema.nullable(), setupNeeded: z.boolean(), version: z.string() });
export type Session = z.infer<typeof sessionSchema>;

/** `POST /api/v1/setup`, possible only while there is no account. `setupCode` is asked for from other machines than the server's own. */
export const setupRequestSchema = z.strictObject({
  email,
  name: z.string().trim().min(1).max(100),
  password,
  setupCode: z.string().max(64).optional(),
});
/** `POST /api/v1/session` */
export const loginRequestSchema = z.strictObject({ email: z.string().max(254), password: z.string().max(128) });

/** `PATCH /api/v1/session/user`: one's own name and password. A new password needs the current one. */
export const ownAccountPatchSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100).optional(),
    currentPassword: z.string().max(128).optional(),
    newPassword: password.optional(),
  })
  .refine((patch) => patch.newPassword === undefined || patch.currentPassword !== undefined, {
    path: ['currentPassword'],
    message: 'is needed to change the password',
  });

/** `POST /api/v1/users` */
export const userInputSchema = z.strictObject({ email, name: z.string().trim().min(1).max(100), password, role: roleSchema });
/** `PATCH /api/v1/users/:id` */
export const userPatchSchema = z.strictObject({ name: z.string().trim().min(1).max(100), password, role: roleSchema }).partial();

/** `POST /api/v1/api-keys` */
export const apiKeyInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: roleSchema,
  /** Days until it expires; null: never. */
  expiresInDays: z.int().min(1).max(3650).nullable().default(365),
});
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  /** The first characters, to tell keys apart. */
  start: z.string(),
  createdAt: z.int(),
  expiresAt: z.int().nullable(),
  lastUsedAt: z.int().nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
/** The answer to the making of a key: the only time that `key` itself is shown. */
export const newApiKeySchema = apiKeySchema.extend({ key: z.string() });

/** `GET /api/v1/audit-log`: what administrators and operators did. */
export const auditEntrySchema = z.object({
  id: z.int(),
  at: z.int(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  sourceIp: z.string().nullable(),
  detail: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
