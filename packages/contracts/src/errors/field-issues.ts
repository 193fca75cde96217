import type { z } from 'zod';
import type { FieldIssue } from './app-error.ts';

const SECRET_FIELD = /password|token|secret|key|auth$|authorization|headers\.\d+\.value$|(^|\.)body$/i;
/** The password within an address. */
const URL_PASSWORD = /(\/\/[^\s/@:"]*:)[^\s/"]*@/g;

/** Turns zod's findings into field, value and rule. Values are shortened; those of secret fields are not shown. */
export function fieldIssues(error: z.ZodError, input: unknown): readonly FieldIssue[] {
  return error.issues.slice(0, 20).map((issue) => {
    const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
    const field = path.map(String).join('.') || '(whole)';
    const rule = unknownKey === undefined ? issue.message : 'is not a known field';
    return { field, value: SECRET_FIELD.test(field) ? '(hidden)' : shown(valueAt(input, path)), rule };
  });
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function shown(value: unknown): string {
  const text = (value === undefined ? '(missing)' : (JSON.stringify(value) ?? typeof value)).replace(URL_PASSWORD, '$1(hidden)@');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
