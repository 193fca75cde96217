import { AppError, type FieldIssue } from '@watchpost/contracts/errors/app-error';
import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { type ConfigLeaf, configLeaves, environmentName, flagName } from './config-leaves.ts';
import { environmentValues, flagValues, readConfigFile, type SourcedValue } from './config-sources.ts';

const HIDDEN = '(hidden)';

/**
 * Reads the settings of a process: defaults of the schema < file < environment < flags.
 *
 * The schema is a tree of strict objects; `.describe()` gives a setting its documentation, `.meta({ secret: true })` keeps
 * it out of all output. `prefix` and the key path give the name in the environment: `listen` → `WATCHPOST_LISTEN`.
 * @param options.file a YAML file; it must exist when it is given.
 * @param options.otherPrefixes beginnings of environment variables that belong to another process, as `WATCHPOST_PROBE_`.
 * @throws AppError `bad-config`; its issues name key, value, rule and the place where the value was set.
 */
export function readConfig<Schema extends z.ZodObject>(options: {
  readonly schema: Schema;
  readonly file?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly prefix?: string;
  readonly otherPrefixes?: readonly string[];
  readonly flags?: Readonly<Record<string, unknown>>;
}): z.infer<Schema> {
  const prefix = options.prefix ?? 'WATCHPOST_';
  const schema = options.schema.strict();
  const leaves = configLeaves(schema);
  const input: Record<string, unknown> = options.file === undefined ? {} : structuredClone(readConfigFile(options.file));
  const environment = environmentValues(leaves, options.env ?? {}, prefix, options.otherPrefixes ?? []);
  const flags = flagValues(leaves, options.flags ?? {});
  const sources = new Map<string, string>();
  for (const value of [...environment.values, ...flags.values]) {
    place(input, value);
    sources.set(value.path.join('.'), value.source);
  }

  const parsed = schema.safeParse(input);
  const issues = [...environment.issues, ...flags.issues];
  if (!parsed.success) {
    for (const issue of fieldIssues(parsed.error, input)) issues.push(explained(issue, leaves, sources, options.file));
  }
  if (!parsed.success || issues.length > 0) {
    const detail = issues.map((issue) => `${issue.field} = ${issue.value}: ${issue.rule}`).join('; ');
    throw new AppError('bad-config', detail, { issues });
  }
  return parsed.data as z.infer<Schema>;
}

/** The settings as YAML, for `--print-config`. Secrets that are set show as `(hidden)`. */
export function printConfig(schema: z.ZodObject, config: object): string {
  const shown = structuredClone(config) as Record<string, unknown>;
  for (const leaf of configLeaves(schema)) {
    const value = valueAt(shown, leaf.path);
    if (leaf.isSecret && value !== undefined && value !== null) place(shown, { path: leaf.path, value: HIDDEN, source: '' });
  }
  return stringify(shown);
}

export type ConfigRow = {
  readonly key: string;
  readonly env: string;
  readonly flag: string;
  readonly type: string;
  /** As JSON; `(required)` or empty when there is none. */
  readonly default: string;
  readonly doc: string;
  readonly isSecret: boolean;
};

/** What can be set, one row a setting: the material of the generated reference. */
export function describeConfig(schema: z.ZodObject, options: { readonly prefix?: string } = {}): readonly ConfigRow[] {
  return configLeaves(schema).map((leaf) => ({
    key: leaf.path.join('.'),
    env: environmentName(leaf.path, options.prefix ?? 'WATCHPOST_'),
    flag: `--${flagName(leaf.path)}`,
    type: leaf.isNullable ? `${leaf.type} | null` : leaf.type,
    default: leaf.defaultValue === undefined ? (leaf.isRequired ? '(required)' : '') : JSON.stringify(leaf.defaultValue),
    doc: leaf.doc,
    isSecret: leaf.isSecret,
  }));
}

function explained(
  issue: FieldIssue,
  leaves: readonly ConfigLeaf[],
  sources: ReadonlyMap<string, string>,
  file: string | undefined,
): FieldIssue {
  const leaf = leaves.find(
    (candidate) => issue.field === candidate.path.join('.') || issue.field.startsWith(`${candidate.path.join('.')}.`),
  );
  const source =
    (leaf === undefined ? undefined : sources.get(leaf.path.join('.'))) ?? (file === undefined ? undefined : `file ${file}`);
  return {
    field: issue.field,
    value: leaf?.isSecret === true ? HIDDEN : issue.value,
    rule: source === undefined || issue.value === '(missing)' ? issue.rule : `${issue.rule} (${source})`,
  };
}

function place(target: Record<string, unknown>, { path, value }: SourcedValue): void {
  let branch = target;
  for (const key of path.slice(0, -1)) {
    const next = branch[key];
    if (typeof next === 'object' && next !== null && !Array.isArray(next)) {
      branch = next as Record<string, unknown>;
    } else {
      const created: Record<string, unknown> = {};
      branch[key] = created;
      branch = created;
    }
  }
  const last = path.at(-1);
  if (last !== undefined) branch[last] = value;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}
