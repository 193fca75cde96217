import { readFileSync, statSync } from 'node:fs';
import { AppError, type FieldIssue } from '@watchpost/contracts/errors/app-error';
import { fieldIssues } from '@watchpost/contracts/errors/field-issues';
import { targetIdSchema, targetInputSchema, vantageInputSchema } from '@watchpost/contracts/targets/target';
import { parse } from 'yaml';
import { z } from 'zod';

const FILE_BYTES = 16 * 1024 * 1024;

/** `watchpost.yaml`: what a person keeps in version control instead of typing it into the page. */
export const settingsFileSchema = z.strictObject({
  vantages: z.array(vantageInputSchema).max(1_000).default([]),
  targets: z
    .array(targetInputSchema.extend({ id: targetIdSchema }))
    .max(20_000)
    .default([]),
});
export type SettingsFile = z.infer<typeof settingsFileSchema>;

/** Reads and checks the file. Throws AppError `bad-config` with field, value and rule of all that is wrong. */
export function readSettingsFile(file: string): SettingsFile {
  let value: unknown;
  try {
    if (statSync(file).size > FILE_BYTES) throw new Error(`is larger than ${FILE_BYTES} bytes`);
    value = parse(readFileSync(file, 'utf8'), { maxAliasCount: 1_000, prettyErrors: true }) ?? {};
  } catch (error) {
    const rule = error instanceof Error ? error.message.trim() : String(error);
    throw new AppError('bad-config', `${file}: ${rule}`, { cause: error, issues: [{ field: '(file)', value: file, rule }] });
  }
  const parsed = settingsFileSchema.safeParse(value);
  if (!parsed.success) throw refused(file, fieldIssues(parsed.error, value));
  const issues = [
    ...repeated(
      'vantages',
      'code',
      parsed.data.vantages.map((vantage) => vantage.code),
    ),
    ...repeated(
      'targets',
      'id',
      parsed.data.targets.map((target) => target.id),
    ),
  ];
  if (issues.length > 0) throw refused(file, issues);
  return parsed.data;
}

function repeated(list: string, key: string, values: readonly string[]): readonly FieldIssue[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) === index ? [] : [{ field: `${list}.${index}.${key}`, value, rule: 'must be there once only' }],
  );
}

function refused(file: string, issues: readonly FieldIssue[]): AppError {
  const detail = issues.map((issue) => `${issue.field} = ${issue.value}: ${issue.rule}`).join('; ');
  return new AppError('bad-config', `${file}: ${detail}`, { issues });
}
