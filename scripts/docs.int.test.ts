import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('docs/reference is what npm run docs would write', () => {
  const check = spawnSync(process.execPath, ['scripts/docs.ts', '--check'], { encoding: 'utf8', timeout: 60_000 });
  expect(check.stderr).toBe('');
  expect(check.status).toBe(0);
});
