// `npm run check`: types, lint (layers among it), format, dead code. Runs all, then says which failed.
import { spawnSync } from 'node:child_process';

const checks = [
  { name: 'types', program: 'tsc', args: ['--noEmit', '-p', '.'] },
  {
    name: 'lint',
    program: 'oxlint',
    args: ['--type-aware', '--deny-warnings', 'packages', 'scripts', 'bench', 'tests', 'vitest.config.ts'],
  },
  { name: 'format', program: 'oxfmt', args: ['--check'] },
  { name: 'dead code', program: 'knip', args: [] },
];
const failed = checks.filter(({ name, program, args }) => {
  console.error(`- ${name}`);
  return spawnSync(`node_modules/.bin/${program}`, args, { stdio: 'inherit' }).status !== 0;
});
if (failed.length > 0) {
  console.error(`Failed: ${failed.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}
console.error('All checks passed.');
