import type { FieldIssue } from '@watchpost/contracts/errors/app-error';
import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import { type Check, checkSchema } from '@watchpost/contracts/targets/check';
import { validateRules } from '@watchpost/probe/rules/validate-rule';
import { UsageError } from '../arguments/usage-error.ts';
import { parseAddress } from '../checks/parse-address.ts';
import { parseRule } from '../checks/parse-rule.ts';
import { type InputLine, LINE_LIMIT_BYTES } from './read-lines.ts';

/** A line of the input, read: what to measure under which name, or what is wrong. */
export type ParsedLine =
  | { readonly id: string; readonly check: Check }
  | { readonly id: string | null; readonly issues: readonly FieldIssue[] };

const CACHE_LIMIT = 1_000;
const REPEATED_LIMIT = 100;
const ID_LIMIT = 64;

/**
 * Reads the lines of a batch. `{"id", "check": {…}}`, a bare check, or `{"url": "tcp://…", …}` with further fields of a
 * check; its rules may be texts as on the command line. Checks that come again are not validated again.
 */
export function createLineParser(): (line: InputLine) => ParsedLine {
  const known = new Map<string, Check>();
  /** Whole lines that name themselves: those that come again are not even read again. */
  const repeated = new Map<string, ParsedLine>();
  return (line) => {
    const before = repeated.get(line.text);
    if (before !== undefined) return before;
    if (line.isTooLong) return bad(null, '(whole)', line.text, `must be at most ${LINE_LIMIT_BYTES} bytes`);
    let input: unknown;
    try {
      input = JSON.parse(line.text);
    } catch (error) {
      return bad(null, '(whole)', line.text, `must be JSON (${error instanceof Error ? error.message : String(error)})`);
    }
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      return bad(null, '(whole)', line.text, 'must be an object');
    const { id: givenId, ...rest } = input as Record<string, unknown>;
    const id = givenId === undefined ? `line-${line.number}` : typeof givenId === 'number' ? String(givenId) : givenId;
    if (typeof id !== 'string' || id === '' || id.length > ID_LIMIT) {
      return bad(null, 'id', JSON.stringify(givenId), `must be a text of 1 to ${ID_LIMIT} characters`);
    }
    const key = JSON.stringify(rest);
    const cached = known.get(key);
    if (cached !== undefined) {
      const again = { id, check: cached };
      if (repeated.size >= REPEATED_LIMIT) repeated.clear();
      if (givenId !== undefined) repeated.set(line.text, again);
      return again;
    }
    const parsed = parseCheck(rest);
    if ('issues' in parsed) return { id: givenId === undefined ? null : id, issues: parsed.issues };
    if (known.size >= CACHE_LIMIT) known.clear();
    known.set(key, parsed.check);
    return { id, check: parsed.check };
  };
}

function parseCheck(rest: Record<string, unknown>): { readonly check: Check } | { readonly issues: readonly FieldIssue[] } {
  const isWrapped = 'check' in rest;
  const prefix = isWrapped ? 'check.' : '';
  const extra = isWrapped ? Object.keys(rest).find((key) => key !== 'check') : undefined;
  if (extra !== undefined) return bad(null, extra, JSON.stringify(rest[extra]), 'is not a known field');
  let input = isWrapped ? rest['check'] : rest;
  if (isObject(input) && !('kind' in input) && typeof input['url'] === 'string') {
    const short = readShort(input, input['url']);
    if ('issues' in short) return { issues: prefixed(short.issues, prefix) };
    input = short.input;
  }
  const parsed = checkSchema.safeParse(input);
  if (!parsed.success) return { issues: prefixed(fieldIssues(parsed.error, input), prefix) };
  const issues = validateRules(parsed.data);
  return issues.length > 0 ? { issues: prefixed(issues, prefix) } : { check: parsed.data };
}

function readShort(
  input: Record<string, unknown>,
  url: string,
): { readonly input: Record<string, unknown> } | { readonly issues: readonly FieldIssue[] } {
  const { url: _url, rules, ...others } = input;
  try {
    const address = parseAddress('url', url);
    if (!Array.isArray(rules)) return { input: { ...others, ...address, ...(rules === undefined ? {} : { rules }) } };
    const kind = address['kind'] as Check['kind'];
    const read = rules.map((rule, index) =>
      typeof rule === 'string' ? parseRule(`rules.${index}`, rule, kind) : (rule as unknown),
    );
    return { input: { ...others, ...address, rules: read } };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const [, field, rule] = /^(\S+) (?:"(?:[^"\\]|\\.)*": )?(.*)$/s.exec(error.message) ?? [];
    const value = field === 'url' ? url : JSON.stringify(rules);
    return { issues: [{ field: field ?? 'url', value: value.slice(0, 120), rule: rule ?? error.message }] };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function prefixed(issues: readonly FieldIssue[], prefix: string): readonly FieldIssue[] {
  return prefix === ''
    ? issues
    : issues.map((issue) => ({ ...issue, field: issue.field === '(whole)' ? 'check' : `${prefix}${issue.field}` }));
}

function bad(
  id: string | null,
  field: string,
  value: string,
  rule: string,
): { readonly id: string | null; readonly issues: readonly FieldIssue[] } {
  return { id, issues: [{ field, value: value.length > 120 ? `${value.slice(0, 117)}...` : value, rule }] };
}
