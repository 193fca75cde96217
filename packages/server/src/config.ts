import { isIP } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';

const DAY_MS = 86_400_000;

const days = (fallback: number) => z.number().positive().max(36_500).nullable().default(fallback);
const origin = z
  .string()
  .refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), 'must be an http:// or https:// address');
const network = z
  .string()
  .refine((text) => isIP(text.split('/')[0] ?? '') !== 0, 'must be an IP address or a network as 10.0.0.0/8');

/** Settings of the server. */
export const serverConfigSchema = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^:\s]+):\d{1,5}$/, 'must be HOST:PORT')
    .default('127.0.0.1:8080')
    .describe('Address and port of the page and the API. 0.0.0.0:8080 opens it to all networks.'),
  data: z.string().min(1).default('data').describe('Folder of everything the server keeps.'),
  publicUrl: origin
    .nullable()
    .default(null)
    .describe('Address by which people and agents reach the server; null: the one they used.'),
  trustedProxies: z.array(network).default([]).describe('Proxies whose X-Forwarded-* headers are believed.'),
  tlsCertFile: z
    .string()
    .nullable()
    .default(null)
    .describe('PEM file of the certificate chain; with tlsKeyFile the server speaks HTTPS.'),
  tlsKeyFile: z.string().nullable().default(null).describe('PEM file of the private key.'),
  adminEmail: z.email().nullable().default(null).describe('With adminPassword: makes the first account at the start.'),
  adminPassword: z
    .string()
    .min(10, 'must have 10 characters at least')
    .max(128)
    .nullable()
    .default(null)
    .describe('Password of the first account; give it as a file.')
    .meta({ secret: true }),
  clickhouseUrl: origin
    .nullable()
    .default(null)
    .describe('A ClickHouse server to use; null: the engine that comes along, started privately.'),
  settingsFile: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'Targets and vantage points as YAML; read again when it changes. null: watchpost.yaml in the data folder, if there is one.',
    ),
  pageDir: z.string().nullable().default(null).describe('Folder of the built page; null: the one that comes along.'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('Least weight of what is logged.'),
  compat: z
    .strictObject({
      allow: z
        .array(network)
        .default([])
        .describe(
          'Addresses and networks that may use /omaudit/omaudit_pull/ and /omaudit/omaudit_run/ of the original, without any other proof of who they are. Empty: both are off.',
        ),
    })
    .prefault({}),
  retention: z
    .strictObject({
      rawDays: days(30).describe('Days that single results are kept; null: for ever. So for all of these.'),
      minutesDays: days(30).describe('Days that figures of 1 minute are kept.'),
      fiveMinutesDays: days(400).describe('Days that figures of 5 minutes are kept.'),
      halfHoursDays: days(1_826).describe('Days that figures of 30 minutes are kept.'),
      daysDays: z.number().positive().max(36_500).nullable().default(null).describe('Days that figures of a day are kept.'),
      commandsDays: days(400).describe(
        'Days that commands are kept, by whole months; 180 at least, unless allowShortCommandRetention is set.',
      ),
      allowShortCommandRetention: z.boolean().default(false).describe('Allows commandsDays below 180.'),
      auditLogDays: days(400).describe('Days that the log of who did what is kept; 1,000,000 entries at most.'),
    })
    .prefault({}),
});
export type ServerConfig = z.infer<typeof serverConfigSchema>;

/** Host and port to listen on. */
export function listenAddress(config: Pick<ServerConfig, 'listen'>): { readonly host: string; readonly port: number } {
  const colon = config.listen.lastIndexOf(':');
  return { host: config.listen.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(config.listen.slice(colon + 1)) };
}

/** How long each table of the telemetry store keeps its rows, ms; null: for ever. */
export function retentionOf({
  retention,
}: Pick<ServerConfig, 'retention'>): Readonly<Record<'raw' | '1m' | '5m' | '30m' | '1d', number | null>> {
  const ms = (count: number | null) => (count === null ? null : count * DAY_MS);
  return {
    raw: ms(retention.rawDays),
    '1m': ms(retention.minutesDays),
    '5m': ms(retention.fiveMinutesDays),
    '30m': ms(retention.halfHoursDays),
    '1d': ms(retention.daysDays),
  };
}

/** The file with targets and vantage points. */
export function settingsFileOf(config: Pick<ServerConfig, 'settingsFile' | 'data'>): string {
  return config.settingsFile ?? join(config.data, 'watchpost.yaml');
}

export function pageDirOf(config: Pick<ServerConfig, 'pageDir'>): string {
  return config.pageDir ?? join(import.meta.dirname, '../../web/dist');
}
