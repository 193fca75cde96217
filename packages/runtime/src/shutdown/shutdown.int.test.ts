import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLog } from '../log/log.ts';
import { createShutdown } from './shutdown.ts';

const log = createLog({ name: 'test', level: 'silent' });

test('stops in reverse order, goes on after a failure, and leaves a part behind that does not end', async () => {
  const shutdown = createShutdown({ log, graceMs: 50 });
  const order: string[] = [];
  shutdown.onStop('first', () => void order.push('first'));
  shutdown.onStop('failing', () => Promise.reject(new Error('no')));
  shutdown.onStop('endless', () => new Promise(() => {}));
  shutdown.onStop('last', async () => void order.push(`last ${shutdown.signal.aborted}`));
  await Promise.all([shutdown.stop('test'), shutdown.stop('again'), shutdown.done]);
  expect(order).toEqual(['last true', 'first']);
});

test('stops a part at once that registers when all is stopped', async () => {
  const shutdown = createShutdown({ log });
  await shutdown.stop('test');
  const { promise, resolve } = Promise.withResolvers<string>();
  shutdown.onStop('late', () => resolve('late'));
  expect(await promise).toBe('late');
});

const program = `
import { createLog } from '${join(import.meta.dirname, '../log/log.ts')}';
import { createShutdown } from '${join(import.meta.dirname, 'shutdown.ts')}';
const shutdown = createShutdown({ log: createLog({ name: 'x', level: 'silent' }) });
const timer = setInterval(() => {}, 1000);
shutdown.onStop('timer', () => { clearInterval(timer); console.log('stopped'); });
if (process.argv.includes('stuck')) shutdown.onStop('stuck', () => { console.log('stopping'); return new Promise(() => {}); });
console.log('ready');`;

function run(...parameters: string[]) {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, '--', ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, ended, said: (text: string) => expect.poll(() => output).toContain(text) };
}

test('SIGTERM ends a process in order, with code 0', async () => {
  const { child, ended, said } = run();
  await said('ready');
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  await said('stopped');
});

test('a second signal ends it at once', async () => {
  const { child, ended, said } = run('stuck');
  await said('ready');
  child.kill('SIGINT');
  await said('stopping');
  child.kill('SIGINT');
  expect(await ended).toBe(130);
});
