import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ruleSchema } from '@watchpost/contracts/targets/rule';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSettingsFile } from './settings-file.ts';

const guide = (name: string) => readFileSync(join(import.meta.dirname, '../../../../docs/guide', name), 'utf8');
const yamlOf = (text: string) => /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '';

it('takes the example of the guide as it stands there', () => {
  const dir = mkdtempSync(join(tmpdir(), 'watchpost-guide-'));
  try {
    const file = join(dir, 'watchpost.yaml');
    writeFileSync(file, yamlOf(guide('configuration-in-git.md')));
    const { vantages, targets } = readSettingsFile(file);
    expect(vantages.map(({ code }) => code)).toEqual(['ct', 'cnc']);
    // One of each kind, so that the example cannot fall behind unseen.
    expect([...new Set(targets.map(({ check }) => check.kind))].toSorted()).toEqual(['dns', 'http', 'icmp', 'tcp', 'tls']);
    expect(targets.flatMap(({ check }) => check.rules).every((rule) => ruleSchema.safeParse(rule).success)).toBe(true);
    const codes = new Set(vantages.map(({ code }) => code));
    expect(targets.every((target) => target.vantages.every((code) => codes.has(code)))).toBe(true);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

it('alerts on figures that exist', () => {
  const metrics = readFileSync(join(import.meta.dirname, '../../../../docs/reference/metrics.md'), 'utf8');
  const { groups } = parse(yamlOf(guide('running.md'))) as { groups: { rules: { expr: string }[] }[] };
  const used = groups.flatMap(({ rules }) => rules.flatMap(({ expr }) => expr.match(/watchpost_\w+/g) ?? []));
  expect(used.length).toBeGreaterThan(5);
  for (const name of used) expect(metrics).toContain(`| \`${name}\` |`);
});
