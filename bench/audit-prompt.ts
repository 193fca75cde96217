import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOOK_SHELLS, type HookShell } from '../packages/recorder/src/hooks/hook-files.ts';
import type { Bench, Figures } from './bench.ts';
import { quantile, rounded } from './statistics.ts';
import { fetchDebianPackages, findFile } from './tools/debian-package.ts';
import { AUDITED_LOGIN, startExecveAudit } from './tools/execve-audit.ts';
import { type PromptVariant, promptVariants } from './tools/prompt-variants.ts';

const SIZES = { full: { rounds: 5_000, warmUp: 100 }, quick: { rounds: 200, warmUp: 50 } } as const;
const PYTHON = '/usr/bin/python3';
const PROMPT = 'pr0mpt';
const PATH = '/usr/bin:/bin';
const MOST_REQUEST_MS = 600_000;

/**
 * Time that is added to a command at the prompt: from the Enter key to the next prompt, typed on a real terminal, in turn
 * with a shell that has nothing and with others that do something at their prompts.
 */
export const AUDIT_PROMPT: Bench = {
  name: 'audit-prompt',
  title:
    'time added at the prompt of bash, zsh and fish, against an agent, logger, a preexec hook with a helper, snoopy and auditd',
  run: async ({ quick, log }) => {
    const size = quick ? SIZES.quick : SIZES.full;
    await using stack = new AsyncDisposableStack();
    const dir = await mkdtemp(join(tmpdir(), 'watchpost-bench-prompt-'));
    stack.defer(() => rm(dir, { recursive: true, force: true }));
    const spool = join(dir, 'spool');
    await mkdir(spool);
    const url = await startServers(stack, join(dir, 'log'));
    const variants = await promptVariants({ dir, url, logSocket: join(dir, 'log') });
    const figures: Record<string, number | string> = {};
    for (const shell of HOOK_SHELLS) {
      const own = variants.filter(({ lines }) => lines[shell] !== undefined);
      const times = await typeInto({ dir, spool, shell, variants: own, type: ':', ...size });
      Object.assign(figures, figuresOf(shell, times));
      log(`${shell}: ${own.map(({ name }) => `${name} ${times[name]?.length ?? 0}`).join(', ')} prompts`);
    }
    const snoopy = await fetchSnoopy(join(dir, 'snoopy'));
    if (snoopy === null) log('snoopy cannot be had from Debian here: left out');
    const programs = [
      ...variants.filter(({ name }) => name === 'none' || name === 'watchpost'),
      ...(snoopy === null ? [] : [{ name: 'snoopy', every: 1, lines: { bash: `export LD_PRELOAD=${snoopy}` } }]),
    ];
    const rounds = Math.ceil(size.rounds / 5);
    const typePrograms = (own: readonly PromptVariant[]) =>
      typeInto({ dir, spool, shell: 'bash', variants: own, type: '/bin/true', rounds, warmUp: size.warmUp });
    Object.assign(figures, figuresOf('bash-program', await typePrograms(programs)));

    const audit = await startExecveAudit(join(dir, 'auditd'));
    if (typeof audit === 'string') {
      log(`auditd is left out: ${audit}`);
      return figures;
    }
    stack.use(audit);
    const audited = { name: 'auditd', every: 1, lines: { bash: `echo ${AUDITED_LOGIN} >/proc/self/loginuid` } };
    Object.assign(figures, figuresOf('bash-audited', await typePrograms([...programs, audited])));
    const typed = rounds + size.warmUp;
    const recorded = await audit.recorded(typed);
    log(`auditd wrote down ${recorded} programs for ${typed} that were typed`);
    if (recorded < typed) throw new Error('auditd did not write down all programs: its figures say nothing');
    return figures;
  },
};

/** What the others speak to: a server that answers at once, and a log that takes what comes. */
async function startServers(stack: AsyncDisposableStack, logSocket: string): Promise<string> {
  const http = createHttpServer((_, response) => response.end('OK'));
  const logs = createServer((socket) => socket.resume().on('error', () => {}));
  http.listen(0, '127.0.0.1');
  logs.listen(logSocket);
  await Promise.all([once(http, 'listening'), once(logs, 'listening')]);
  stack.defer(() => void http.close());
  stack.defer(() => void logs.close());
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/omaudit/omaudit_pull/`;
}

async function typeInto(options: {
  readonly dir: string;
  readonly spool: string;
  readonly shell: HookShell;
  readonly variants: readonly PromptVariant[];
  readonly type: string;
  readonly rounds: number;
  readonly warmUp: number;
}): Promise<Readonly<Record<string, readonly number[]>>> {
  const { dir, spool, shell, type, rounds, warmUp } = options;
  const shells = [];
  for (const variant of options.variants) {
    const cwd = join(dir, `${shell}-${variant.name}`);
    const start = await writeStartFile(shell, cwd, variant.lines[shell] ?? '');
    const env = { PATH, HOME: cwd, ZDOTDIR: cwd, TERM: 'dumb', LANG: 'C.UTF-8', WATCHPOST_SPOOL: spool, ...variant.env };
    shells.push({
      name: variant.name,
      every: variant.every,
      cwd,
      env,
      ...start,
      type: `${type}${shell === 'fish' ? '\r' : '\n'}`,
    });
  }
  const child = spawn(PYTHON, [new URL('tools/prompt-driver.py', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: MOST_REQUEST_MS,
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString('utf8')));
  child.stdin.end(JSON.stringify({ rounds, warmUp, shells }));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`typing into ${shell} ended with ${code}`);
  return JSON.parse(output) as Record<string, number[]>;
}

/** A home with a prompt that can be waited for; fish draws its prompt many times, so it is numbered. */
async function writeStartFile(
  shell: HookShell,
  home: string,
  lines: string,
): Promise<{ readonly argv: readonly string[]; readonly prompt: string; readonly isCounted: boolean }> {
  await mkdir(join(home, '.config/fish'), { recursive: true });
  switch (shell) {
    case 'bash': {
      await writeFile(
        join(home, 'rc'),
        `PS1='${PROMPT}> '\nHISTFILE=${home}/history\nbind 'set enable-bracketed-paste off'\n${lines}\n`,
      );
      return { argv: ['bash', '--noprofile', '--rcfile', join(home, 'rc'), '-i'], prompt: `${PROMPT}> `, isCounted: false };
    }
    case 'zsh': {
      await writeFile(
        join(home, '.zshrc'),
        `unsetopt prompt_cr prompt_sp\nPS1='${PROMPT}> '\nHISTFILE=${home}/history\n${lines}\n`,
      );
      return { argv: ['zsh', '-d', '-i'], prompt: `${PROMPT}> `, isCounted: false };
    }
    case 'fish': {
      const prompt = `function fish_prompt; set -g _turn (math $_turn + 1); echo -n "${PROMPT}$_turn> "; end\nset -g _turn 0`;
      const config = `${prompt}\nfunction fish_title; end\nset -g fish_greeting ''\n${lines}\n`;
      await writeFile(join(home, '.config/fish/config.fish'), config);
      return { argv: ['fish', '-i'], prompt: PROMPT, isCounted: true };
    }
  }
}

function figuresOf(shell: string, times: Readonly<Record<string, readonly number[]>>): Figures {
  const figures: Record<string, number> = {};
  const base = { p50: quantile(times['none'] ?? [], 0.5), p95: quantile(times['none'] ?? [], 0.95) };
  const added = (name: string, q: 'p50' | 'p95'): number => quantile(times[name] ?? [], q === 'p50' ? 0.5 : 0.95) - base[q];
  figures[`${shell}-none-p50-us`] = rounded(base.p50);
  figures[`${shell}-none-p95-us`] = rounded(base.p95);
  for (const name of Object.keys(times)) {
    if (name === 'none') continue;
    figures[`${shell}-${name}-added-p50-us`] = rounded(added(name, 'p50'));
    figures[`${shell}-${name}-added-p95-us`] = rounded(added(name, 'p95'));
    if (name === 'floor') {
      figures[`${shell}-watchpost-over-floor-p50`] = rounded(added('watchpost', 'p50') / added('floor', 'p50'), 1);
    } else if (!name.startsWith('watchpost')) {
      figures[`${shell}-${name}-ratio-p50`] = rounded(added(name, 'p50') / added('watchpost', 'p50'), 2);
    }
  }
  return figures;
}

/** Its library, to be loaded into the programs of one shell. */
async function fetchSnoopy(dir: string): Promise<string | null> {
  const root = await fetchDebianPackages(dir, ['snoopy']);
  return root === null ? null : findFile(root, 'libsnoopy.so');
}
