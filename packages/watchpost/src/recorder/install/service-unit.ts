import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, unlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Below, Plan, Step } from './step.ts';
import { readBytes, writeBytes } from './write-file.ts';

const NAME = 'watchpost-recorder.service';
const UNIT = `/etc/systemd/system/${NAME}`;
const WANTED = `/etc/systemd/system/multi-user.target.wants/${NAME}`;
/** There while systemd is the first process: sd_booted(3). */
const SYSTEMD_RUNS = '/run/systemd/system';
const TEMPLATE = fileURLToPath(new URL('../../../systemd/watchpost-recorder.service', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../../bin/watchpost.mjs', import.meta.url));
const SYSTEMCTL_TIMEOUT_MS = 60_000;

/** The unit of the recorder: that of the package, with the program that is installing now. */
export function serviceUnit(node: string = process.execPath, program: string = PROGRAM): string {
  const isInHome = [node, program].some((path) => /^\/(?:home|root|run\/user)\//.test(path));
  return readFileSync(TEMPLATE, 'utf8')
    .replace(/^ExecStart=.*$/m, `ExecStart=${quoted(node)} ${quoted(program)} recorder`)
    .replace(/^ProtectHome=.*$/m, `ProtectHome=${isInHome ? 'read-only' : 'yes'}`);
}

/** Words of a unit: systemd.syntax(7), with `%` for specifiers and `$` for variables. */
function quoted(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@./:%+=$-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** The service of the recorder, enabled and started where systemd runs on this machine. */
export function planService(below: Below, isThisMachine: boolean): Plan {
  const path = below(UNIT);
  const unit = serviceUnit();
  const steps: Step[] = [];
  if (readBytes(path) !== Buffer.from(unit).toString('latin1')) {
    steps.push({ text: `write ${path}`, apply: () => writeBytes(path, Buffer.from(unit).toString('latin1')) });
  }
  if (!isThisMachine) return { steps, notes: [] };
  if (!isServiceRunnable()) {
    return { steps, notes: ['systemd does not run here: see to it that "watchpost recorder" is started with the system'] };
  }
  if (steps.length > 0 || !existsSync(WANTED)) {
    const apply = () => {
      systemctl('daemon-reload');
      systemctl('enable', NAME);
      systemctl('restart', NAME);
    };
    steps.push({ text: `systemctl enable ${NAME}, and start it`, apply });
  }
  return { steps, notes: [] };
}

export function planNoService(below: Below, isThisMachine: boolean): Plan {
  const path = below(UNIT);
  if (readBytes(path) === null) return { steps: [], notes: [] };
  const steps: Step[] = [];
  const isRunning = isThisMachine && isServiceRunnable();
  if (isRunning) steps.push({ text: `systemctl disable --now ${NAME}`, apply: () => systemctl('disable', '--now', NAME) });
  const apply = () => {
    unlinkSync(path);
    if (isRunning) systemctl('daemon-reload');
  };
  steps.push({ text: `remove ${path}`, apply });
  return { steps, notes: [] };
}

/** Whether systemd runs here, and so the service that was installed. */
export function isServiceRunnable(): boolean {
  return existsSync(SYSTEMD_RUNS);
}

function systemctl(...args: readonly string[]): void {
  execFileSync('systemctl', args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: SYSTEMCTL_TIMEOUT_MS });
}
