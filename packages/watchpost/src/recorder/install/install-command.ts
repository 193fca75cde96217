import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { readArguments } from '../../arguments/read-arguments.ts';
import { UsageError } from '../../arguments/usage-error.ts';
import { planHookFiles, planNoHookFiles } from './hook-folder.ts';
import { planService, planNoService } from './service-unit.ts';
import { planNoShellFolder, planShellFolder } from './shell-folder.ts';
import { planNoStartFiles, planStartFiles } from './start-files.ts';
import { type Below, joinPlans, type Plan } from './step.ts';

type Action = 'install' | 'uninstall';

/** `watchpost recorder install`: every shell of this machine reads its hook, and the recorder runs as a service. */
export async function installCommand(args: readonly string[]): Promise<number> {
  return perform('install', args);
}

/** `watchpost recorder uninstall`: the machine is as it was, but for what was recorded. */
export async function uninstallCommand(args: readonly string[]): Promise<number> {
  return perform('uninstall', args);
}

/** Hooks before the files that name them, and the folder before the hooks that write to it; back in the other order. */
function planOf(action: Action, below: Below, isThisMachine: boolean): Plan {
  return action === 'install'
    ? joinPlans([planShellFolder(below), planHookFiles(below), planStartFiles(below), planService(below, isThisMachine)])
    : joinPlans([planNoService(below, isThisMachine), planNoStartFiles(below), planNoHookFiles(below), planNoShellFolder(below)]);
}

async function perform(action: Action, args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: { root: { type: 'string' }, 'dry-run': { type: 'boolean' }, yes: { type: 'boolean' } },
    allowPositionals: false,
  });
  const root = values.root === undefined ? '/' : resolve(values.root);
  if (values.root === '') throw new UsageError('--root is empty: give a folder');
  const isThisMachine = root === '/';
  const { steps, notes } = planOf(action, (path) => join(root, path), isThisMachine);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (steps.length === 0) {
    say(action === 'install' ? 'All is in place already: nothing to do.' : 'Nothing of Watchpost is installed: nothing to do.');
  } else {
    say(`watchpost recorder ${action} ${values['dry-run'] === true ? 'would' : 'will'}:`);
    for (const { text } of steps) say(`  - ${text}`);
  }
  for (const note of notes) say(`Note: ${note}`);
  if (steps.length === 0 || values['dry-run'] === true) return 0;
  if (isThisMachine && process.geteuid?.() !== 0) {
    process.stderr.write('Nothing was changed: run it as root.\n');
    return 1;
  }
  if (values.yes !== true && !(await isAgreed())) return 1;
  for (const { text, apply } of steps) {
    const [first = ''] = text.split('\n');
    try {
      apply();
    } catch (error) {
      process.stderr.write(`${first}: ${error instanceof Error ? error.message : String(error)}\n`);
      process.stderr.write(`What came before it is done. Run watchpost recorder ${action} again when this is mended.\n`);
      return 1;
    }
  }
  say(action === 'install' ? 'Done. Shells that start from now on are recorded.' : 'Done. What was recorded is kept.');
  return 0;
}

async function isAgreed(): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    process.stderr.write('Nothing was changed: there is no terminal to ask on. Give --yes to go on without being asked.\n');
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await asking.question('Go on? [y/N] ');
    if (/^y(es)?$/i.test(answer.trim())) return true;
  } finally {
    asking.close();
  }
  process.stderr.write('Nothing was changed.\n');
  return false;
}
