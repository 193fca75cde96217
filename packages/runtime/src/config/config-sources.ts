import { readFileSync } from 'node:fs';
import { AppError, type FieldIssue } from '@watchpost/contracts/errors/app-error';
import { parse as parseYaml } from 'yaml';
import { type ConfigLeaf, environmentName, flagName } from './config-leaves.ts';

/** A value and where a person set it, as `environment variable WATCHPOST_LISTEN`. */
export type SourcedValue = { readonly path: readonly string[]; readonly value: unknown; readonly source: string };

const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_SECRET_BYTES = 64 * 1024;

/** Reads a YAML (or JSON) file of settings. An empty file is an empty object. */
export function readConfigFile(file: string): Record<string, unknown> {
  const refuse = (rule: string, cause?: unknown): never => {
    throw new AppError('bad-config', `${file} ${rule}`, { cause, issues: [{ field: '(file)', value: file, rule }] });
  };
  let value: unknown;
  try {
    value = parseYaml(readLimited(file, MAX_FILE_BYTES), { maxAliasCount: 100, prettyErrors: true });
  } catch (error) {
    return refuse(`cannot be read: ${error instanceof Error ? error.message.trim() : String(error)}`, error);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return refuse('must hold keys and values');
  return value as Record<string, unknown>;
}

/**
 * The settings in the environment. A secret may also come from a file: `NAME_FILE` names it (one line break at its end is
 * not part of the secret). A variable that is empty counts as not set. Variables with the prefix that name no setting are
 * an issue, unless they begin with one of `otherPrefixes`.
 */
export function environmentValues(
  leaves: readonly ConfigLeaf[],
  environment: Readonly<Record<string, string | undefined>>,
  prefix: string,
  otherPrefixes: readonly string[],
): { readonly values: readonly SourcedValue[]; readonly issues: readonly FieldIssue[] } {
  const values: SourcedValue[] = [];
  const issues: FieldIssue[] = [];
  const known = new Set<string>();
  for (const leaf of leaves) {
    const name = environmentName(leaf.path, prefix);
    known.add(name);
    const source = `environment variable ${name}`;
    if (leaf.isSecret) {
      const file = environment[`${name}_FILE`];
      if (file !== undefined && file !== '' && !leaves.some((other) => environmentName(other.path, prefix) === `${name}_FILE`)) {
        try {
          const text = readLimited(file, MAX_SECRET_BYTES).replace(/\r?\n$/, '');
          values.push({ path: leaf.path, value: fromText(leaf, text), source: `${source}_FILE` });
        } catch {
          issues.push({
            field: leaf.path.join('.'),
            value: file,
            rule: `must be a readable file of at most 64 KiB (${source}_FILE)`,
          });
        }
      }
      known.add(`${name}_FILE`);
    }
    const text = environment[name];
    if (text !== undefined && text !== '') values.push({ path: leaf.path, value: fromText(leaf, text), source });
  }
  if (prefix !== '') {
    for (const name of Object.keys(environment)) {
      if (!name.startsWith(prefix) || known.has(name) || otherPrefixes.some((other) => name.startsWith(other))) continue;
      issues.push({ field: name, value: '(hidden)', rule: 'is not a known environment variable' });
    }
  }
  return { values, issues };
}

/** The settings given as flags: keys are `spool-max-bytes`, `spool.maxBytes` or `maxBytes`; undefined counts as not given. */
export function flagValues(
  leaves: readonly ConfigLeaf[],
  flags: Readonly<Record<string, unknown>>,
): { readonly values: readonly SourcedValue[]; readonly issues: readonly FieldIssue[] } {
  const values: SourcedValue[] = [];
  const issues: FieldIssue[] = [];
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const leaf = leaves.find((candidate) => flagName(candidate.path) === name || candidate.path.join('.') === name);
    if (leaf === undefined) issues.push({ field: `--${name}`, value: '(hidden)', rule: 'is not a known flag' });
    else
      values.push({
        path: leaf.path,
        value: typeof value === 'string' ? fromText(leaf, value) : value,
        source: `flag --${flagName(leaf.path)}`,
      });
  }
  return { values, issues };
}

/** Reads text as what the setting wants. What does not fit stays text, so that the schema can name the rule. */
function fromText(leaf: ConfigLeaf, text: string): unknown {
  if (leaf.isNullable && text === 'null') return null;
  switch (leaf.type) {
    case 'number':
      return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim()) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
    case 'array':
      return text.trimStart().startsWith('[')
        ? json(text)
        : text
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '');
    case 'record':
    case 'object':
      return json(text);
    default:
      return text;
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function readLimited(file: string, maxBytes: number): string {
  const bytes = readFileSync(file);
  if (bytes.length > maxBytes) throw new Error(`is larger than ${maxBytes} bytes`);
  return bytes.toString('utf8');
}
