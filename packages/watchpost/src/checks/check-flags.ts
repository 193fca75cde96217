import { readFileSync } from 'node:fs';
import type { Check } from '@watchpost/contracts/targets/check';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import { parseDurationMs, parseWhole } from '../arguments/numbers.ts';
import { badArgument, UsageError } from '../arguments/usage-error.ts';
import { parseAddress } from './parse-address.ts';
import { parseRule } from './parse-rule.ts';

/** Flags that describe one check, in the form of `parseArgs`. */
export const CHECK_FLAGS = {
  rule: { type: 'string', multiple: true },
  resolver: { type: 'string' },
  method: { type: 'string' },
  header: { type: 'string', multiple: true },
  body: { type: 'string' },
  ip: { type: 'string' },
  http: { type: 'string' },
  timeout: { type: 'string' },
  'connect-timeout': { type: 'string' },
  'max-redirects': { type: 'string' },
  insecure: { type: 'boolean' },
  ca: { type: 'string' },
  'server-name': { type: 'string' },
  count: { type: 'string' },
} as const;

export type CheckFlags = {
  readonly [F in keyof typeof CHECK_FLAGS]?: (typeof CHECK_FLAGS)[F] extends { multiple: true }
    ? string[] | undefined
    : (typeof CHECK_FLAGS)[F]['type'] extends 'boolean'
      ? boolean | undefined
      : string | undefined;
};

/** Which field of a check a flag gives, so that a finding of the schema names the flag. */
const FLAG_OF_FIELD: Readonly<Record<string, string>> = {
  url: 'URL',
  host: 'URL',
  port: 'URL',
  name: 'URL',
  recordType: 'URL',
  resolver: '--resolver',
  method: '--method',
  headers: '--header',
  body: '--body',
  ipFamily: '--ip',
  httpVersion: '--http',
  totalTimeoutMs: '--timeout',
  connectTimeoutMs: '--connect-timeout',
  maxRedirects: '--max-redirects',
  tlsVerify: '--insecure',
  caPem: '--ca',
  serverName: '--server-name',
  count: '--count',
};

/** Makes a check of an address and flags. Throws a UsageError that names flag, value and rule. */
export function checkFromFlags(address: string, flags: CheckFlags): Check {
  const input: Record<string, unknown> = parseAddress('URL', address);
  if (flags.resolver !== undefined) input['resolver'] = flags.resolver;
  if (flags.method !== undefined) input['method'] = flags.method.toUpperCase();
  if (flags.header !== undefined) input['headers'] = flags.header.map(parseHeader);
  if (flags.body !== undefined) input['body'] = flags.body;
  if (flags.ip !== undefined) input['ipFamily'] = flags.ip;
  if (flags.http !== undefined) input['httpVersion'] = flags.http;
  if (flags.timeout !== undefined) input['totalTimeoutMs'] = Math.round(parseDurationMs('--timeout', flags.timeout));
  if (flags['connect-timeout'] !== undefined) {
    input['connectTimeoutMs'] = Math.round(parseDurationMs('--connect-timeout', flags['connect-timeout']));
  }
  if (flags['max-redirects'] !== undefined) input['maxRedirects'] = parseWhole('--max-redirects', flags['max-redirects'], 0, 20);
  if (flags.insecure === true) input['tlsVerify'] = false;
  if (flags.ca !== undefined) input['caPem'] = readPem(flags.ca);
  if (flags['server-name'] !== undefined) input['serverName'] = flags['server-name'];
  if (flags.count !== undefined) input['count'] = parseWhole('--count', flags.count, 1, 20);
  const parsed = checkSchema.safeParse(input);
  if (!parsed.success) {
    const [issue] = fieldIssues(parsed.error, input);
    if (issue === undefined) throw new UsageError('the check is not valid');
    const flag = FLAG_OF_FIELD[issue.field.split('.')[0] ?? ''] ?? issue.field;
    const rule = issue.rule === 'is not a known field' ? `is not for ${String(input['kind'])} checks` : issue.rule;
    throw new UsageError(`${flag} ${issue.value}: ${rule}`);
  }
  const rules = (flags.rule ?? []).map((text) => parseRule('--rule', text, parsed.data.kind));
  return { ...parsed.data, rules };
}

function parseHeader(text: string): { name: string; value: string } {
  const colon = text.indexOf(':');
  if (colon < 1) throw badArgument('--header', text, 'must be NAME: VALUE');
  return { name: text.slice(0, colon).trim(), value: text.slice(colon + 1).trim() };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badArgument('--ca', file, `cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}
