// `npm test`: set-up, then all tests, or those of the projects named (unit, int, e2e). The last line counts them.
import './setup.mjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebian } from './debian.mjs';
import { buildPage } from './page.mjs';

const named = process.argv.slice(2);
const stages = named.length > 0 ? [named] : [['unit', 'int'], ['e2e']];

const missing = installDebian({
  chromium: 'chromium',
  curl: 'curl',
  fish: 'fish',
  script: 'bsdutils',
  zsh: 'zsh',
  '/usr/share/zsh-autosuggestions': 'zsh-autosuggestions',
  '/usr/share/zsh-syntax-highlighting': 'zsh-syntax-highlighting',
  openssl: 'openssl',
  patchelf: 'patchelf',
  ping: 'iputils-ping',
  rsync: 'rsync',
  ssh: 'openssh-client',
  '/usr/sbin/sshd': 'openssh-server',
  strace: 'strace',
  sudo: 'sudo',
  '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf': 'fonts-dejavu-core',
});
if (missing.length > 0) console.error(`Missing: ${missing.join(', ')}. Tests that need them say so.`);
buildPage();

const count = { passed: 0, failed: 0, skipped: 0 };
const reports = mkdtempSync(join(tmpdir(), 'watchpost-test-'));
const env = { ...process.env, PATH: `${join(process.cwd(), 'node_modules/.bin')}:${process.env.PATH}` };
for (const stage of stages) {
  const file = join(reports, `${stage.join('-')}.json`);
  const projects = stage.flatMap((name) => ['--project', name]);
  const run = spawnSync(
    'node_modules/.bin/vitest',
    ['run', ...projects, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    {
      stdio: ['ignore', 1, 2],
      env,
    },
  );
  add(file, run.status);
}
rmSync(reports, { recursive: true, force: true });
console.log(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`);
process.exit(count.failed === 0 ? 0 : 1);

function add(file, status) {
  let failedBefore = count.failed;
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    count.passed += report.numPassedTests;
    count.failed += report.numFailedTests;
    count.skipped += report.numPendingTests + report.numTodoTests;
    // A file that could not be loaded has no test of its own to fail.
    count.failed += report.testResults.filter(
      (result) => result.status === 'failed' && result.assertionResults.length === 0,
    ).length;
  } catch (error) {
    console.error(`The runner left no report: ${error.message}`);
  }
  if (status !== 0 && count.failed === failedBefore) count.failed += 1;
}
