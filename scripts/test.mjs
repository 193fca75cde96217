// `npm test`: set-up, then all tests, or those of the projects named (unit, int, e2e). The last line counts them.
import './setup.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebian } from './debian.mjs';
import { buildPage } from './page.mjs';

const named = process.argv.slice(2);
// Two lanes: a test waits for processes about as long as it computes, so one lane works while the other waits.
const lanes = named.length > 0 ? [named] : [['unit', 'int'], ['e2e']];

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
if (process.stdout.isTTY) env.FORCE_COLOR ??= '1';
const ownProcesses = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const canHaveOwn = spawnSync(ownProcesses[0], [...ownProcesses.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
if (lanes.length > 1 && !canHaveOwn)
  console.error('No lane can have processes of its own here (root may): they run one after the other.');
const running = [];
for (const lane of lanes) {
  const ended = run(lane);
  running.push(ended);
  if (!canHaveOwn) await ended;
}
await Promise.all(running);
rmSync(reports, { recursive: true, force: true });
console.log(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`);
process.exit(count.failed === 0 ? 0 : 1);

/**
 * A recorder looks at all shells of its machine. So that those of one lane, or of the person who started this, are not
 * seen in another, a lane sees its own processes only, where that is possible. A shell is their first process, as it
 * takes the exit codes of those whose parent has ended: who waits for such a process to be gone would wait for ever.
 */
async function run(lane) {
  const file = join(reports, `${lane.join('-')}.json`);
  const projects = lane.flatMap((name) => ['--project', name]);
  const vitest = ['run', ...projects, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const command = ['sh', '-c', '"$@"; exit $?', 'sh', 'node_modules/.bin/vitest', ...vitest];
  const [program, ...args] = canHaveOwn ? [...ownProcesses, ...command] : command;
  // Not the terminal itself: each lane would draw over the other.
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  passLines(child.stdout, process.stdout);
  passLines(child.stderr, process.stderr);
  const [status] = await once(child, 'close');
  add(file, status);
}

function passLines(from, to) {
  let rest = '';
  from.setEncoding('utf8').on('data', (text) => {
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) to.write(rest + text.slice(0, end));
    rest = end > 0 ? text.slice(end) : rest + text;
  });
  from.on('end', () => to.write(rest));
}

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
