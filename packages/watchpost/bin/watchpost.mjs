#!/usr/bin/env node
// Starts Watchpost on the Node that came with it, whatever Node this is (20 or newer).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MALLOC, PROBE_OPTIONS, RECORDER_MALLOC, RECORDER_OPTIONS, SMALL } from './agent-options.mjs';

const NEEDED_MAJOR = 26;
/** Batches that a server takes in become garbage at once: a larger nursery keeps more memory and saves nothing. */
const SERVER_NURSERY = '--max-semi-space-size=4';
const COMPILE_TIMEOUT_MS = 60_000;
const QUIET = '--disable-warning=ExperimentalWarning';
// Kept beside the packages: other users of the machine must not be able to write there.
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/watchpost', import.meta.url));
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  // Compiled code is kept, so that a start takes half the time and 30 MB less. Threads learn of it by the environment.
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? CACHE);
  process.env.NODE_COMPILE_CACHE ??= CACHE;
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'object' && rest[0] !== null ? rest[0].type : rest[0];
    if (type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
  };
  startWithOptions();
  await import(main);
} else {
  startNewer();
}

function nodeOptions() {
  const [command, action] = process.argv.slice(2);
  if (command === 'probe' && action === 'once') return [];
  if (command === 'probe' && action === 'batch') return PROBE_OPTIONS;
  if (command === 'recorder') return action === undefined || action.startsWith('-') ? RECORDER_OPTIONS : [];
  if (command === 'server' || command === 'up') return [SERVER_NURSERY];
  if (command === 'enrol' && isRecorderMeant()) return RECORDER_OPTIONS;
  return command === 'probe' || command === 'enrol' ? [...PROBE_OPTIONS, SMALL] : [];
}

function isRecorderMeant() {
  const words = process.argv.slice(3);
  return words.includes('--kind=recorder') || words[words.indexOf('--kind') + 1] === 'recorder';
}

function mallocOf(options) {
  return options === RECORDER_OPTIONS ? RECORDER_MALLOC : options.length > 0 ? MALLOC : {};
}

/** V8 takes these settings only at its start. The process stays the same one. */
function startWithOptions() {
  const missing = nodeOptions().filter((option) => !process.execArgv.includes(option));
  if (missing.length === 0 || typeof process.execve !== 'function' || process.connected) return;
  compileOnce(process.execPath, [...process.execArgv, ...missing]);
  const env = { ...mallocOf(nodeOptions()), ...process.env };
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...missing, ...process.argv.slice(1)], env);
}

/**
 * The first start compiles the code of an agent in a process that ends again. Compiled by the agent itself, it would stay
 * 20 MB larger as long as it runs.
 */
function compileOnce(node, options) {
  if (!options.includes(SMALL)) return;
  const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8'));
  const cache = process.env.NODE_COMPILE_CACHE ?? CACHE;
  const agent = options.includes(PROBE_OPTIONS.at(-1)) ? 'probe' : 'recorder';
  const mark = join(cache, `${agent}-${version}-${lastChangeMs(agent)}`);
  if (existsSync(mark)) return;
  const env = { ...process.env, NODE_COMPILE_CACHE: cache, WATCHPOST_LOAD_ONLY: agent };
  const { status } = spawnSync(node, [...options, main], { env, stdio: 'ignore', timeout: COMPILE_TIMEOUT_MS });
  if (status !== 0) return;
  try {
    writeFileSync(mark, '');
  } catch {
    // Not a folder of ours: each start compiles anew, and the probe is larger.
  }
}

/** Of the code of an agent, Unix ms: after a change it is compiled anew. */
function lastChangeMs(agent) {
  const folders = ['contracts', 'runtime', agent, 'watchpost'].map((name) =>
    fileURLToPath(new URL(`../../${name}/src`, import.meta.url)),
  );
  const files = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file)));
  return Math.trunc(files.reduce((newest, file) => Math.max(newest, statSync(file).mtimeMs), 0));
}

function startNewer() {
  const places = ['../../../node_modules/.bin/node', '../node_modules/.bin/node', '../../.bin/node'];
  const newer = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((place) => existsSync(place));
  if (newer === undefined) {
    console.error(
      `watchpost: this is Node ${process.versions.node}, Node ${NEEDED_MAJOR} is needed. Run "npm ci" first: it brings it along.`,
    );
    process.exit(1);
  }
  compileOnce(newer, [QUIET, ...nodeOptions()]);
  // The channel tells the child when this process dies without having passed a signal on.
  const child = spawn(newer, [QUIET, ...nodeOptions(), main, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...mallocOf(nodeOptions()), NODE_COMPILE_CACHE: CACHE, ...process.env, WATCHPOST_STARTED_BY: String(process.pid) },
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`watchpost: ${newer} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}
