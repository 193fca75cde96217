import type { Rule, RuleType } from '@watchpost/contracts/targets/rule';
import type { Target } from '@watchpost/contracts/targets/target';
import { labelsText, parseLabels } from '../../parts/labels.ts';

/** A rule as its fields stand in the form: texts, until they are sent. */
export type RuleFields = { readonly type: RuleType; readonly [field: string]: string | boolean };

/** The form of a target: texts and numbers as typed. {@link toDraft} makes of it what the API takes. */
export type TargetForm = {
  name: string;
  kind: 'http' | 'tcp' | 'tls' | 'dns' | 'icmp';
  url: string;
  host: string;
  port: number | string;
  serverName: string;
  dnsName: string;
  recordType: string;
  count: number | string;
  method: string;
  headers: string;
  body: string;
  auth: 'none' | 'basic' | 'bearer';
  username: string;
  password: string;
  token: string;
  ipFamily: string;
  resolver: string;
  httpVersion: string;
  connectTimeoutMs: number | string;
  totalTimeoutMs: number | string;
  maxRedirects: number | string;
  maxBodyBytes: number | string;
  tlsVerify: boolean;
  caPem: string;
  intervalS: number | string;
  vantages: string[];
  group: string;
  labels: string;
  alarmMs: number | string;
  rules: RuleFields[];
};

export const EMPTY_FORM: TargetForm = {
  name: '',
  kind: 'http',
  url: 'https://',
  host: '',
  port: 443,
  serverName: '',
  dnsName: '',
  recordType: 'A',
  count: 3,
  method: 'GET',
  headers: '',
  body: '',
  auth: 'none',
  username: '',
  password: '',
  token: '',
  ipFamily: 'any',
  resolver: '',
  httpVersion: 'auto',
  connectTimeoutMs: 5_000,
  totalTimeoutMs: 10_000,
  maxRedirects: 5,
  maxBodyBytes: 33_554_432,
  tlsVerify: true,
  caPem: '',
  intervalS: 60,
  vantages: [],
  group: '',
  labels: '',
  alarmMs: '',
  rules: [],
};

/** Fields of a rule as the form shows them: name, and how it is typed. */
export type RuleField = { readonly name: string; readonly kind: 'text' | 'number' | 'lines' | 'flag' | 'compare' | 'phase' };
export const RULE_FIELDS: Readonly<Record<RuleType, readonly RuleField[]>> = {
  status: [{ name: 'expect', kind: 'text' }],
  'body-contains': [
    { name: 'value', kind: 'text' },
    { name: 'negate', kind: 'flag' },
  ],
  'body-equals': [{ name: 'value', kind: 'text' }],
  'body-regex': [
    { name: 'pattern', kind: 'text' },
    { name: 'negate', kind: 'flag' },
  ],
  'json-path': [
    { name: 'path', kind: 'text' },
    { name: 'compare', kind: 'compare' },
    { name: 'value', kind: 'text' },
  ],
  header: [
    { name: 'name', kind: 'text' },
    { name: 'compare', kind: 'compare' },
    { name: 'value', kind: 'text' },
  ],
  'max-time': [
    { name: 'phase', kind: 'phase' },
    { name: 'maxMs', kind: 'number' },
  ],
  certificate: [{ name: 'minDays', kind: 'number' }],
  'body-hash': [{ name: 'sha256', kind: 'text' }],
  'dns-answer': [{ name: 'values', kind: 'lines' }],
  'max-loss': [{ name: 'ratio', kind: 'number' }],
};
export const RULE_TYPES = Object.keys(RULE_FIELDS) as readonly RuleType[];

export const RULES_OF_KIND: Readonly<Record<TargetForm['kind'], readonly RuleType[]>> = {
  http: RULE_TYPES.filter((type) => type !== 'dns-answer' && type !== 'max-loss'),
  tcp: ['max-time'],
  tls: ['certificate', 'max-time'],
  dns: ['dns-answer', 'max-time'],
  icmp: ['max-loss', 'max-time'],
};

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());
/** Of a number field; what is not a number is sent as it is, for the server to say which rule it breaks. */
const numeric = (value: number | string): number | string =>
  typeof value === 'number' || value === '' ? value : Number.isFinite(Number(value)) ? Number(value) : value;

const cut = (line: string, separator: string): readonly [string, string] => {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
};

function ruleOf(fields: RuleFields): Record<string, unknown> {
  const rule: Record<string, unknown> = { type: fields.type };
  for (const { name, kind } of RULE_FIELDS[fields.type]) {
    const value = fields[name] ?? '';
    if (kind === 'flag') rule[name] = value === true;
    else if (kind === 'number') rule[name] = numeric(String(value));
    else if (kind === 'lines') rule[name] = lines(String(value));
    else rule[name] = value;
  }
  return rule;
}

/** A rule with empty fields. */
export function newRule(type: RuleType): RuleFields {
  const fields: Record<string, string | boolean> = {};
  for (const { name, kind } of RULE_FIELDS[type])
    fields[name] = kind === 'flag' ? false : kind === 'compare' ? 'equals' : kind === 'phase' ? 'totalUs' : '';
  if (type === 'status') fields['expect'] = '200';
  return { ...fields, type };
}

function fieldsOf(rule: Rule): RuleFields {
  const entries = Object.entries(rule).map(([name, value]): [string, string | boolean] => [
    name,
    typeof value === 'boolean' ? value : Array.isArray(value) ? value.join('\n') : String(value),
  ]);
  return { ...Object.fromEntries(entries), type: rule.type };
}

/** The check as the API takes it. */
export function toCheck(form: TargetForm): Record<string, unknown> {
  const common = {
    ipFamily: form.ipFamily,
    resolver: orNull(form.resolver),
    connectTimeoutMs: numeric(form.connectTimeoutMs),
    totalTimeoutMs: numeric(form.totalTimeoutMs),
    rules: form.rules.filter((rule) => RULES_OF_KIND[form.kind].includes(rule.type)).map(ruleOf),
  };
  switch (form.kind) {
    case 'http':
      return {
        kind: 'http',
        url: form.url.trim(),
        method: form.method,
        headers: lines(form.headers).map((line) => {
          const [name, value] = cut(line, ':');
          return { name, value };
        }),
        body: form.body === '' ? null : form.body,
        auth:
          form.auth === 'basic'
            ? { type: 'basic', username: form.username, password: form.password }
            : form.auth === 'bearer'
              ? { type: 'bearer', token: form.token }
              : null,
        httpVersion: form.httpVersion,
        maxRedirects: numeric(form.maxRedirects),
        maxBodyBytes: numeric(form.maxBodyBytes),
        tlsVerify: form.tlsVerify,
        caPem: orNull(form.caPem),
        ...common,
      };
    case 'tcp':
      return { kind: 'tcp', host: form.host.trim(), port: numeric(form.port), ...common };
    case 'tls':
      return {
        kind: 'tls',
        host: form.host.trim(),
        port: numeric(form.port),
        serverName: orNull(form.serverName),
        tlsVerify: form.tlsVerify,
        caPem: orNull(form.caPem),
        ...common,
      };
    case 'dns':
      return { kind: 'dns', name: form.dnsName.trim(), recordType: form.recordType, ...common };
    case 'icmp':
      return { kind: 'icmp', host: form.host.trim(), count: numeric(form.count), ...common };
  }
}

/** The target as the API takes it. A target without a name is called by its address. */
export function toDraft(form: TargetForm, paused: boolean): Record<string, unknown> {
  return {
    name: form.name.trim() === '' ? addressName(form) : form.name.trim(),
    check: toCheck(form),
    vantages: form.vantages,
    intervalS: numeric(form.intervalS),
    paused,
    group: form.group.trim(),
    labels: parseLabels(form.labels),
    alarmMs: form.alarmMs === '' ? null : numeric(form.alarmMs),
  };
}

function addressName(form: TargetForm): string {
  if (form.kind === 'dns') return form.dnsName.trim();
  if (form.kind !== 'http') return form.host.trim();
  return URL.parse(form.url.trim())?.host ?? form.url.trim();
}

/** The form of a stored target. */
export function toForm(target: Target): TargetForm {
  const { check } = target;
  const form: TargetForm = {
    ...EMPTY_FORM,
    name: target.name,
    kind: check.kind,
    ipFamily: check.ipFamily,
    resolver: check.resolver ?? '',
    connectTimeoutMs: check.connectTimeoutMs,
    totalTimeoutMs: check.totalTimeoutMs,
    rules: check.rules.map(fieldsOf),
    vantages: [...target.vantages],
    intervalS: target.intervalS,
    group: target.group,
    labels: labelsText(target.labels),
    alarmMs: target.alarmMs ?? '',
  };
  switch (check.kind) {
    case 'http':
      return {
        ...form,
        url: check.url,
        method: check.method,
        headers: check.headers.map((header) => `${header.name}: ${header.value}`).join('\n'),
        body: check.body ?? '',
        auth: check.auth?.type ?? 'none',
        username: check.auth?.type === 'basic' ? check.auth.username : '',
        password: check.auth?.type === 'basic' ? check.auth.password : '',
        token: check.auth?.type === 'bearer' ? check.auth.token : '',
        httpVersion: check.httpVersion,
        maxRedirects: check.maxRedirects,
        maxBodyBytes: check.maxBodyBytes,
        tlsVerify: check.tlsVerify,
        caPem: check.caPem ?? '',
      };
    case 'tcp':
      return { ...form, host: check.host, port: check.port };
    case 'tls':
      return {
        ...form,
        host: check.host,
        port: check.port,
        serverName: check.serverName ?? '',
        tlsVerify: check.tlsVerify,
        caPem: check.caPem ?? '',
      };
    case 'dns':
      return { ...form, dnsName: check.name, recordType: check.recordType };
    case 'icmp':
      return { ...form, host: check.host, count: check.count };
  }
}
