import { z } from 'zod';
import { redactionSettingsSchema } from '../redaction/rule-settings.ts';

/** Settings of a recorder: `recorder.yaml`, `WATCHPOST_RECORDER_…` in the environment, flags of `watchpost recorder`. */
export const recorderSettingsSchema = z.strictObject({
  server: z.string().max(2_048).nullable().default(null).describe('URL of the server; null: the one this host was enrolled at'),
  dataDir: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Folder of the identity, the spool and the checkpoint; null: /var/lib/watchpost-recorder as root, else ~/.local/state/watchpost-recorder',
    ),
  shellSpool: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Folder in which shells write; null: WATCHPOST_SPOOL, else /var/spool/watchpost/shells'),
  spool: z
    .strictObject({
      maxBytes: z
        .int()
        .min(33_554_432)
        .default(1_073_741_824)
        .describe('Bytes that records may take on disk while the server is away'),
      maxAgeDays: z.number().positive().max(3_650).default(30).describe('Records older than this are dropped'),
    })
    .prefault({}),
  redaction: redactionSettingsSchema.prefault({}),
  allowInsecure: z.boolean().default(false).describe('Allow plain http:// to a server that is not on this machine'),
  caFile: z.string().min(1).nullable().default(null).describe('PEM file of further authorities to trust for the server'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least level of log lines'),
});
export type RecorderSettings = z.infer<typeof recorderSettingsSchema>;
