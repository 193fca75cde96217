// `npm run dev`: the server, restarted when its sources change, and the page with hot reload in front of it.
import { spawn } from 'node:child_process';

process.env.WATCHPOST_DATA ??= 'data';
const children = [
  spawn('node_modules/.bin/node', ['--watch-path=packages', '--watch-preserve-output', 'packages/watchpost/src/main.ts', 'up'], {
    stdio: 'inherit',
  }),
  spawn('../../node_modules/.bin/vite', [], { cwd: 'packages/web', stdio: 'inherit' }),
];
const stop = () => children.forEach((child) => child.kill('SIGTERM'));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);
for (const child of children) child.on('exit', stop);
