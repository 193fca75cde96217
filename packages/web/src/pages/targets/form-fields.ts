import type { TFunction } from 'i18next';
import type { RuleFields } from './target-form.ts';

/** Fields of the API that have another name in the form. */
const FORM_FIELD: Readonly<Record<string, string>> = { 'check.name': 'dnsName' };

/** The server's field in the form: `check.headers.0.name` stands in `headers`; rules keep their place. */
export function formField(apiField: string): string {
  if (apiField.startsWith('check.rules.')) return apiField;
  const known = FORM_FIELD[apiField];
  if (known !== undefined) return known;
  const parts = apiField.split('.');
  if (parts[0] === 'check' && parts[1] === 'auth') return parts[2] ?? 'auth';
  return (parts[0] === 'check' ? parts[1] : parts[0]) ?? apiField;
}

const LABELS = {
  name: 'form.name',
  kind: 'form.kind',
  url: 'form.url',
  host: 'form.host',
  port: 'form.port',
  serverName: 'form.serverName',
  dnsName: 'form.dnsName',
  recordType: 'form.recordType',
  count: 'form.count',
  method: 'form.method',
  headers: 'form.headers',
  body: 'form.body',
  auth: 'form.auth',
  username: 'form.username',
  password: 'form.password',
  token: 'form.token',
  ipFamily: 'form.family',
  resolver: 'form.resolver',
  httpVersion: 'form.httpVersion',
  connectTimeoutMs: 'form.connectTimeout',
  totalTimeoutMs: 'form.totalTimeout',
  maxRedirects: 'form.redirects',
  maxBodyBytes: 'form.bodyLimit',
  tlsVerify: 'form.tlsVerify',
  caPem: 'form.caPem',
  intervalS: 'form.interval',
  vantages: 'form.vantages',
  group: 'form.group',
  labels: 'form.labels',
  alarmMs: 'form.alarm',
} as const;

/** Labels of the fields of rules. */
export const RULE_LABELS = {
  expect: 'form.statuses',
  sha256: 'form.sha256',
  compare: 'form.compare',
  phase: 'form.phase',
  negate: 'form.negate',
  value: 'form.value',
  pattern: 'form.pattern',
  path: 'form.path',
  name: 'form.headerName',
  maxMs: 'form.maxMs',
  minDays: 'form.minDays',
  ratio: 'form.ratio',
  values: 'form.values',
} as const;

/** What the form calls a field of the API: `check.rules.0.expect` is `Status is: Statuses`. */
export function fieldLabel(t: TFunction, apiField: string, rules: readonly RuleFields[]): string {
  const [, , index, part] = apiField.startsWith('check.rules.') ? apiField.split('.') : [];
  const rule = rules[Number(index)];
  if (rule !== undefined) {
    const label = RULE_LABELS[part as keyof typeof RULE_LABELS];
    return label === undefined ? t(`rule.${rule.type}`) : `${t(`rule.${rule.type}`)}: ${t(label)}`;
  }
  const field = formField(apiField);
  return Object.hasOwn(LABELS, field) ? t(LABELS[field as keyof typeof LABELS]) : apiField;
}
