import { z } from 'zod';

/** One setting: a leaf of the schema's tree of objects. */
export type ConfigLeaf = {
  /** `['spool', 'maxBytes']` */
  readonly path: readonly string[];
  /** What the value is underneath defaults and the like, in zod's word: string, number, boolean, array, … */
  readonly type: string;
  readonly isNullable: boolean;
  readonly isRequired: boolean;
  readonly defaultValue: unknown;
  readonly doc: string;
  /** Marked with `.meta({ secret: true })`: never printed. */
  readonly isSecret: boolean;
};

const MAX_DEPTH = 8;

/** All settings of a schema, in its order. Objects, also with defaults, are branches; everything else is a leaf. */
export function configLeaves(schema: z.ZodType, path: readonly string[] = []): readonly ConfigLeaf[] {
  if (path.length > MAX_DEPTH) throw new RangeError(`a configuration schema may be ${MAX_DEPTH} levels deep`);
  const peeled = peel(schema);
  if (peeled.core instanceof z.ZodObject) {
    return Object.entries(peeled.core.shape as Record<string, z.ZodType>).flatMap(([key, value]) =>
      configLeaves(value, [...path, key]),
    );
  }
  const { core, ...facts } = peeled;
  return [
    { path, type: core.def.type === 'enum' && core instanceof z.ZodEnum ? core.options.join(' | ') : core.def.type, ...facts },
  ];
}

function peel(schema: z.ZodType): Omit<ConfigLeaf, 'path' | 'type'> & { readonly core: z.ZodType } {
  let core = schema;
  let isNullable = false;
  let isRequired = true;
  let defaultValue: unknown;
  let doc = '';
  let isSecret = false;
  for (;;) {
    const meta = core.meta() ?? {};
    if (doc === '') doc = meta.description ?? '';
    if (meta['secret'] === true) isSecret = true;
    if (core instanceof z.ZodDefault || core instanceof z.ZodPrefault) {
      if (defaultValue === undefined) defaultValue = core.def.defaultValue;
      isRequired = false;
      core = core.def.innerType as z.ZodType;
    } else if (core instanceof z.ZodOptional) {
      isRequired = false;
      core = core.def.innerType as z.ZodType;
    } else if (core instanceof z.ZodNullable) {
      isNullable = true;
      core = core.def.innerType as z.ZodType;
    } else if (core instanceof z.ZodReadonly) {
      core = core.def.innerType as z.ZodType;
    } else if (core instanceof z.ZodPipe) {
      const input = core.def.in as z.ZodType;
      core = input instanceof z.ZodTransform ? (core.def.out as z.ZodType) : input;
    } else {
      return { core, isNullable, isRequired, defaultValue, doc, isSecret };
    }
  }
}

/** `['spool', 'maxBytes']` → `WATCHPOST_SPOOL_MAX_BYTES` with the prefix `WATCHPOST_`. */
export function environmentName(path: readonly string[], prefix: string): string {
  return prefix + words(path, '_').toUpperCase();
}

/** `['spool', 'maxBytes']` → `spool-max-bytes`. */
export function flagName(path: readonly string[]): string {
  return words(path, '-').toLowerCase();
}

function words(path: readonly string[], separator: string): string {
  return path.map((key) => key.replace(/(?<=[a-z0-9])(?=[A-Z])/g, separator)).join(separator);
}
