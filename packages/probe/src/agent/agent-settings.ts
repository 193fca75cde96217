import { z } from 'zod';

/** `host:port` of this machine only: what is served there has no authentication. */
const loopbackAddress = z
  .string()
  .regex(
    /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\]):\d{1,5}$/,
    'must be a loopback address and a port, as 127.0.0.1:9115',
  );

/** Settings of a probe: `probe.yaml`, `WATCHPOST_PROBE_…` in the environment, flags of `watchpost probe`. */
export const probeSettingsSchema = z.strictObject({
  server: z.string().max(2_048).nullable().default(null).describe('URL of the server; null: the one this probe was enrolled at'),
  dataDir: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Folder of the identity, the spool and the last settings; null: /var/lib/watchpost-probe as root, else ~/.local/state/watchpost-probe',
    ),
  spool: z
    .strictObject({
      maxBytes: z
        .int()
        .min(1_048_576)
        .default(1_073_741_824)
        .describe('Bytes that results may take on disk while the server is away'),
      maxAgeDays: z.number().positive().max(3_650).default(30).describe('Results older than this are dropped'),
    })
    .prefault({}),
  maxInFlight: z.int().min(1).max(4_096).default(256).describe('Measurements under way at once'),
  overloadMs: z
    .number()
    .positive()
    .max(10_000)
    .default(50)
    .describe(
      'A result whose timing is less certain than this, and than a tenth of the time, is marked as overloaded and measured again, ms',
    ),
  metricsListen: loopbackAddress
    .nullable()
    .default(null)
    .describe('Loopback host:port for /metrics and /healthz; null: not served'),
  allowInsecure: z.boolean().default(false).describe('Allow plain http:// to a server that is not on this machine'),
  caFile: z.string().min(1).nullable().default(null).describe('PEM file of further authorities to trust for the server'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least level of log lines'),
});
export type ProbeSettings = z.infer<typeof probeSettingsSchema>;
