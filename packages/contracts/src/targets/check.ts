import { z } from 'zod';
import { ruleSchema } from './rule.ts';

const hostname = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^\s/?#@]+$/, 'must be a host name or an address');
const port = z.int().min(1).max(65_535);
const header = z.strictObject({
  name: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/, 'must be a header name (RFC 9110 token)'),
  value: z
    .string()
    .max(8192)
    .regex(/^[^\r\n\0]*$/, 'must not hold line breaks'),
});

const common = {
  /** any: whatever the name gives first; both: one series for each family. */
  ipFamily: z.enum(['any', '4', '6', 'both']).default('any'),
  /** `IP`, `IP:PORT` or `[IPv6]:PORT`; null: the resolver of the system. */
  resolver: z.string().max(128).nullable().default(null),
  connectTimeoutMs: z.int().min(100).max(60_000).default(5_000),
  totalTimeoutMs: z.int().min(100).max(120_000).default(10_000),
  rules: z.array(ruleSchema).max(32).default([]),
};

export const httpCheckSchema = z.strictObject({
  kind: z.literal('http'),
  url: z
    .string()
    .max(4096)
    .refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), 'must be an http:// or https:// URL'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
  headers: z.array(header).max(64).default([]),
  body: z.string().max(262_144).nullable().default(null),
  auth: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('basic'), username: z.string().max(256), password: z.string().max(1024) }),
      z.strictObject({ type: z.literal('bearer'), token: z.string().max(8192) }),
    ])
    .nullable()
    .default(null),
  /** auto: ALPN chooses between HTTP/2 and HTTP/1.1 (plain HTTP is always 1.1). */
  httpVersion: z.enum(['auto', '1.1', '2']).default('auto'),
  maxRedirects: z.int().min(0).max(20).default(5),
  maxBodyBytes: z.int().min(0).max(1_073_741_824).default(33_554_432),
  /** False: certificate errors are not a failure. */
  tlsVerify: z.boolean().default(true),
  /** PEM of further trusted authorities. */
  caPem: z.string().max(65_536).nullable().default(null),
  ...common,
});

export const tcpCheckSchema = z.strictObject({ kind: z.literal('tcp'), host: hostname, port, ...common });

export const tlsCheckSchema = z.strictObject({
  kind: z.literal('tls'),
  host: hostname,
  port: port.default(443),
  /** Name for SNI and verification; null: `host`. */
  serverName: hostname.nullable().default(null),
  tlsVerify: z.boolean().default(true),
  caPem: z.string().max(65_536).nullable().default(null),
  ...common,
});

export const dnsCheckSchema = z.strictObject({
  kind: z.literal('dns'),
  /** The name to ask for. */
  name: hostname,
  recordType: z.enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SOA', 'SRV', 'PTR', 'CAA']).default('A'),
  ...common,
});

export const icmpCheckSchema = z.strictObject({
  kind: z.literal('icmp'),
  host: hostname,
  /** Echo requests of one measurement. */
  count: z.int().min(1).max(20).default(3),
  ...common,
});

/** What to measure and how, whatever the kind. */
export const checkSchema = z.discriminatedUnion('kind', [
  httpCheckSchema,
  tcpCheckSchema,
  tlsCheckSchema,
  dnsCheckSchema,
  icmpCheckSchema,
]);
export type Check = z.infer<typeof checkSchema>;
/** A check as a person writes it: what has a default may be left out. */
export type CheckInput = z.input<typeof checkSchema>;
export type HttpCheck = z.infer<typeof httpCheckSchema>;
export type TcpCheck = z.infer<typeof tcpCheckSchema>;
export type TlsCheck = z.infer<typeof tlsCheckSchema>;
export type DnsCheck = z.infer<typeof dnsCheckSchema>;
export type IcmpCheck = z.infer<typeof icmpCheckSchema>;

/** The address a person knows the check by: the URL, or `tcp://host:port` and the like. */
export function checkAddress(check: Check): string {
  switch (check.kind) {
    case 'http':
      return check.url;
    case 'tcp':
    case 'tls':
      return `${check.kind}://${check.host}:${check.port}`;
    case 'dns':
      return `dns:${check.name} ${check.recordType}`;
    case 'icmp':
      return `icmp:${check.host}`;
  }
}
